/** Why nothing merges into what a node makes, where the node is no linear operator at all. */
import { type Refusal, refuse } from '@reparam/core';
import { intAttribute } from '../analysis/attributes.ts';
import { isStandard, type Scope, WITH_BODIES } from '../analysis/scope.ts';
import type { OnnxNode } from '../proto/node.ts';
import { quantized } from './context.ts';
import { customOperator } from './custom-operator.ts';

const NOTHING = 'nothing at conversion';

/** Rectifiers that are linear where their slope is 1, or have a relative that is. */
const RECTIFIERS: ReadonlySet<string> = new Set(['Relu', 'LeakyRelu', 'PRelu']);

/** What only moves or joins elements, and does not lift in the form found. */
const MOVES: ReadonlySet<string> = new Set(
  (
    'Concat DepthToSpace Expand Flatten Gather GatherElements GatherND Pad Reshape ScatterElements ScatterND Slice SpaceToDepth ' +
    'Split Squeeze Tile Transpose Unsqueeze'
  ).split(' '),
);

/** Linear, but no convolution: each output element has weights of its own, or those of another operator. */
const AVERAGES: ReadonlySet<string> = new Set(
  'Col2Im CumSum Einsum GlobalAveragePool Mean ReduceMean ReduceSum Resize Upsample'.split(' '),
);

/** The reason, for whatever reads the node's outputs. */
export function explainBarrier(node: OnnxNode, scope: Scope): Refusal {
  const { opType } = node;
  if (!isStandard(scope.model, node)) return customOperator(node, scope.model);
  if (WITH_BODIES.has(opType)) {
    return refuse(
      'subgraph-border',
      `${opType} stands before it, and nothing merges across the border of a body`,
      `export without the ${opType}: trace the model with the branch or the number of steps that is deployed`,
    );
  }
  if (/QuantizeLinear$/.test(opType)) return quantized(`${opType} stands before it`);
  if (MOVES.has(opType)) {
    return refuse(
      'axis-mismatch',
      `${opType} stands before it, which moves elements in a way that no operator on one channel axis takes in`,
      'fix free sizes with --shape, or put the operators on both sides of it on one axis',
    );
  }
  if (AVERAGES.has(opType)) {
    return refuse(
      'axis-mismatch',
      `${opType} stands before it, which is linear, but no operator that a convolution or a matrix takes in`,
      'put the operators on both sides of it on one axis',
    );
  }
  if (opType === 'Cast') {
    return refuse(
      'not-linear',
      `Cast to element type ${intAttribute(node, 'to', 0)} stands before it, which rounds`,
      'export the model in one element type',
    );
  }
  return refuse('activation-between', `${opType} stands before it, which is not linear`, hintFor(opType));
}

/** A value of the graph around a body. */
export function capture(name: string): Refusal {
  return refuse(
    'subgraph-border',
    `it reads "${name}" of the graph around, and nothing merges across the border of a body`,
    'place both operators on one side of the border in the model',
  );
}

function hintFor(opType: string): string {
  if (RECTIFIERS.has(opType)) {
    return `${NOTHING}: train it with no activation there, or with a LeakyRelu whose slope is driven to 1, as VanillaNet does`;
  }
  return `${NOTHING}: only a model trained with no ${opType} there has one operator in their place`;
}
