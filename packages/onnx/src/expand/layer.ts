/** The layers of a model that can be expanded: products with constant weights, as plain convolutions. */
import {
  type Affine,
  type ConvDescriptor,
  groupedWeights,
  largestGroups,
  type Memo,
  type Operator,
  readArray,
  type ValueId,
  type WeightSource,
} from '@reparam/core';
import { isStandard, type Scope } from '../analysis/scope.ts';
import type { ModelGraph } from '../build-graph.ts';
import { referTo } from '../names.ts';
import { nodeMatcher } from '../node-matcher.ts';
import type { OnnxNode } from '../proto/node.ts';
import type { Refused } from '../report.ts';
import type { LayerOptions } from './expand-report.ts';

/** A node that computes a convolution or a product with a constant matrix. */
export interface Layer {
  readonly node: OnnxNode;
  readonly value: ValueId;
  readonly affine: Affine;
  readonly operator: Operator;
  readonly input: ValueId;
}

const PRODUCTS = ['Conv', 'Gemm', 'MatMul'];

export interface FoundLayers {
  readonly layers: readonly Layer[];
  readonly refusals: readonly Refused[];
}

/** The layers that options name, in topological order, and why others are none. */
export function findLayers(scope: Scope, { graph, ids }: ModelGraph, { only, skip }: LayerOptions): FoundLayers {
  const [included, excluded] = [only && nodeMatcher(only), nodeMatcher(skip ?? [])];
  const layers: Layer[] = [];
  const refusals: Refused[] = [];
  for (const node of scope.nodes) {
    if (!PRODUCTS.includes(node.opType) || !isStandard(scope.model, node)) continue;
    if (excluded(node) || (included && !included(node))) continue;
    const value = ids.get(node.outputs[0] ?? '');
    if (value === undefined) continue; // computed from constants alone
    const { definitions, refusal } = graph.values[value]!;
    if (refusal) refusals.push({ nodes: [referTo(node)], ...refusal });
    const [affine] = definitions;
    const term = affine?.terms[0];
    if (!affine || !term || affine.terms.length > 1 || term.operator.weight.constant !== undefined) continue;
    layers.push({ node, value, affine, operator: { ...term.operator, bias: affine.bias }, input: term.value });
  }
  return { layers, refusals };
}

/** Tensors of the file that its weights are made of. */
export function sourcesOf({ operator }: Layer): WeightSource[] {
  return [...new Set([...operator.weight.sources, ...(operator.bias?.sources ?? [])])];
}

/** Its weights must be loaded. */
export function descriptorOf({ operator }: Layer, memo: Memo): ConvDescriptor {
  const { outChannels, inChannels, axes, bias } = operator;
  const groups = largestGroups(operator);
  return {
    weight: groupedWeights(operator, groups, memo),
    bias: bias ? readArray(bias, memo) : undefined,
    ...{ outChannels, inChannels, groups },
    kernel: axes.map((axis) => axis.kernel),
    stride: axes.map((axis) => axis.stride),
    dilation: axes.map((axis) => axis.dilation),
    padBegin: axes.map((axis) => axis.padBegin),
    padEnd: axes.map((axis) => axis.padEnd),
  };
}
