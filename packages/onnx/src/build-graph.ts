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
import type { Scope } from './analysis/scope.ts';
import { DataType } from './elements/data-type.ts';
import { capture, explainBarrier } from './lift/barrier.ts';
import type { Definitions } from './lift/context.ts';
import { liftNode } from './lift/lift.ts';
import { explainOffAxis } from './lift/off-axis.ts';
import type { Evaluation } from './load-evaluation.ts';
import type { OnnxNode } from './proto/node.ts';

export interface ModelGraph {
  readonly graph: Graph;
  readonly ids: ReadonlyMap<string, ValueId>;
  /** Values that a subgraph reads by name. */
  readonly captured: ReadonlySet<string>;
}

/** `evaluation` lifts what only moves data; `quantized` are values that a quantizer reads, at whatever distance. */
export function buildGraph(
  scope: Scope,
  evaluation: Evaluation,
  quantized: ReadonlySet<string> = new Set(),
): ModelGraph {
  const lifted = liftAll(scope, evaluation, quantized);
  const captured = new Set(scope.nodes.flatMap((node) => node.captures));
  const kept = findKept(scope);
  const ids = new Map<string, ValueId>();
  const values: Value[] = listOnes(paddedShapes(scope, lifted));
  const onesOf = (size: readonly Size[]) => findOnes({ values }, size)!;
  const addValue = (name: string, value: Omit<Value, 'name' | 'shape' | 'kept'>) => {
    ids.set(name, values.length);
    values.push({ name, shape: scope.shape(name) ?? [], kept: kept.has(name), ...value });
  };
  for (const { name } of scope.graph.inputs) addValue(name, { definitions: [], origin: 'graph input' });
  for (const name of scope.captured)
    addValue(name, { definitions: [], origin: 'captured value', barrier: capture(name) });
  const moves = evaluation.followMoves(scope, values, ids);
  for (const node of scope.nodes) {
    const lift = lifted.get(node);
    const outputs = node.outputs.filter((name) => name !== '' && (!scope.constant(name) || readsValues(node, ids)));
    for (const name of outputs) {
      const place = node.outputs.indexOf(name);
      const definitions = lift && !isRefusal(lift) ? (lift[place] ?? []) : [];
      const own = definitions.map((definition) => withIds(definition, ids, onesOf));
      const move = own.length === 0 && outputs.length === 1 ? moves.define(node) : null;
      const root = move && values[move.moved.source]!;
      const behind = root?.definitions.length === 0 && move?.definitions.length === 0 ? root : null; // what was moved is the reason
      const twin = outputs.length === 1 ? moves.addTwin(name, own) : undefined;
      addValue(name, {
        twin,
        definitions: move?.definitions ?? own,
        moved: move?.moved,
        origin: behind ? behind.origin : node.opType,
        pinned: outputs.length > 1,
        reads: otherReads(node, move ? [] : definitions, ids),
        refusal: lift && isRefusal(lift) && !move ? lift : undefined,
        barrier: behind
          ? behind.barrier
          : (move?.definitions ?? own).length === 0
            ? explainBarrier(node, scope)
            : undefined,
        offAxis: explainOffAxis(node, scope, definitions),
      });
      moves.keep(name);
    }
  }
  return { graph: { values, precision: precisionOf(scope) }, ids, captured };
}

/** How far constants that the model computed may be off, where its numbers are finer than float32. */
function precisionOf(scope: Scope): number | undefined {
  const names = scope.nodes.flatMap(({ outputs }) => outputs);
  return names.some((name) => scope.elementType(name) === DataType.DOUBLE) ? 2 ** -45 : undefined;
}

function inputsOf({ terms }: Definitions[number]): readonly string[] {
  return terms.map(({ input }) => input);
}

type LiftedNodes = ReadonlyMap<OnnxNode, readonly Definitions[] | Refusal>;

function liftAll(scope: Scope, evaluation: Evaluation, quantized: ReadonlySet<string>): LiftedNodes {
  const lifted = new Map<OnnxNode, readonly Definitions[] | Refusal>();
  for (const node of scope.nodes) {
    if (node.outputs.every((name) => name === '' || scope.constant(name))) continue;
    const result = liftNode(node, scope, quantized, evaluation);
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

/** Names that the caller reads, and those that nothing reads at all: such nodes stay as they are. */
function findKept(scope: Scope): Set<string> {
  const read = new Set(scope.nodes.flatMap((node) => [...node.inputs, ...node.captures]));
  const unread = scope.nodes.filter((node) => node.outputs.every((name) => !read.has(name)));
  return new Set([...scope.outputs, ...unread.flatMap((node) => node.outputs)]);
}

/** Whether a node reads something that is computed, as a Shape whose answer is known does. */
function readsValues(node: OnnxNode, ids: ReadonlyMap<string, ValueId>): boolean {
  return [...node.inputs, ...node.captures].some((name) => ids.has(name));
}

/** What a node reads beside the sources of its terms. */
function otherReads(
  node: OnnxNode,
  definitions: Definitions,
  ids: ReadonlyMap<string, ValueId>,
): readonly ValueId[] | undefined {
  const sources = new Set(definitions.flatMap(inputsOf));
  const others = [...node.inputs, ...node.captures].filter((name) => !sources.has(name) && ids.has(name));
  return others.length > 0 ? others.map((name) => ids.get(name)!) : undefined;
}

/** Shapes of the affine values, and of what they read: at these a bias may meet padding. */
function paddedShapes(scope: Scope, lifted: LiftedNodes): (readonly Size[])[] {
  return [...lifted].flatMap(([node, lift]) => {
    if (isRefusal(lift)) return [];
    const sources = lift.flat().flatMap(inputsOf);
    return [...node.outputs, ...node.inputs, ...sources].map((name) => scope.shape(name) ?? []);
  });
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
