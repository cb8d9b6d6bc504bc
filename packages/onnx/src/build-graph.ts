/** From what is known of the file to core's graph of affine values. */
import {
  type Affine,
  findOnes,
  type Graph,
  isRefusal,
  listOnes,
  type Refusal,
  type Size,
  type Value,
  type ValueId,
} from '@reparam/core';
import { isStandard, type Scope } from './analysis/scope.ts';
import type { Definitions } from './lift/context.ts';
import { liftNode } from './lift/lift.ts';
import type { OnnxNode } from './proto/node.ts';

export interface ModelGraph {
  readonly graph: Graph;
  readonly ids: ReadonlyMap<string, ValueId>;
  /** Values that a subgraph reads by name. */
  readonly captured: ReadonlySet<string>;
}

export function buildGraph(scope: Scope): ModelGraph {
  const lifted = liftAll(scope);
  const captured = new Set(scope.nodes.flatMap((node) => node.captures));
  const kept = findKept(scope, lifted, captured);
  const ids = new Map<string, ValueId>();
  const values: Value[] = listOnes(paddedShapes(scope, lifted));
  const onesOf = (size: readonly Size[]) => findOnes({ values }, size)!;
  const addValue = (name: string, value: Omit<Value, 'name' | 'shape' | 'kept'>) => {
    ids.set(name, values.length);
    values.push({ name, shape: scope.shape(name) ?? [], kept: kept.has(name), ...value });
  };
  for (const { name } of scope.model.graph.inputs) addValue(name, { definitions: [], origin: 'graph input' });
  for (const node of scope.nodes) {
    const lift = lifted.get(node);
    const outputs = node.outputs.filter((name) => name !== '' && !scope.constant(name));
    for (const name of outputs) {
      const place = node.outputs.indexOf(name);
      const definitions = lift && !isRefusal(lift) ? (lift[place] ?? []) : [];
      addValue(name, {
        definitions: definitions.map((definition) => withIds(definition, ids, onesOf)),
        origin: node.opType,
        pinned: outputs.length > 1,
        refusal: lift && isRefusal(lift) ? lift : undefined,
      });
    }
  }
  return { graph: { values }, ids, captured };
}

type LiftedNodes = ReadonlyMap<OnnxNode, readonly Definitions[] | Refusal>;

function liftAll(scope: Scope): LiftedNodes {
  const quantized = new Set<string>();
  for (const node of scope.nodes) {
    if (node.opType === 'QuantizeLinear' && isStandard(scope.model, node)) quantized.add(node.inputs[0]!);
  }
  const lifted = new Map<OnnxNode, readonly Definitions[] | Refusal>();
  for (const node of scope.nodes) {
    if (node.outputs.every((name) => name === '' || scope.constant(name))) continue;
    const result = liftNode(node, scope, quantized);
    if (result && (isRefusal(result) || fitsShapes(node, scope, result))) lifted.set(node, result);
  }
  return lifted;
}

/** Whether each output has definitions, and its known shape has the channels they give. */
function fitsShapes(node: OnnxNode, scope: Scope, lifted: readonly Definitions[]): boolean {
  return lifted.every((definitions, place) => {
    const shape = scope.shape(node.outputs[place]!);
    return (
      definitions.length > 0 &&
      definitions.every(({ axis, terms }) => terms.every(({ operator }) => shape?.[axis] === operator.outChannels))
    );
  });
}

/** Names that something beside affine values reads: other operators, subgraphs, the caller; and those that nothing reads at all. */
function findKept(scope: Scope, lifted: LiftedNodes, captured: ReadonlySet<string>): Set<string> {
  const kept = new Set([...scope.outputs, ...captured]);
  const read = new Set<string>();
  for (const node of scope.nodes) {
    const lift = lifted.get(node);
    const isAffine = lift !== undefined && !isRefusal(lift);
    for (const name of node.inputs) {
      read.add(name);
      if (!isAffine) kept.add(name);
    }
  }
  for (const node of scope.nodes) {
    if (node.outputs.every((name) => !read.has(name))) for (const name of node.outputs) kept.add(name);
  }
  return kept;
}

/** Shapes of the affine values, and of what they read: at these a bias may meet padding. */
function paddedShapes(scope: Scope, lifted: LiftedNodes): (readonly Size[])[] {
  const affine = [...lifted].filter(([, lift]) => !isRefusal(lift)).map(([node]) => node);
  return affine.flatMap((node) => [...node.outputs, ...node.inputs].map((name) => scope.shape(name) ?? []));
}

function withIds(
  { axis, bias, terms, onOnes = [] }: Definitions[number],
  ids: ReadonlyMap<string, ValueId>,
  onesOf: (size: readonly Size[]) => ValueId,
): Affine {
  const ones = onOnes.map(({ operator, size }) => ({ operator, value: onesOf(size) }));
  return {
    axis,
    bias,
    terms: [...terms.map(({ operator, input }) => ({ operator, value: ids.get(input)! })), ...ones],
  };
}
