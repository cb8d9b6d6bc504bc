/** From a view of the model to core's graph of affine values. */
import { type Affine, type Graph, isRefusal, listOnes, type Refusal, type Value, type ValueId } from '@reparam/core';
import { FollowedMoves } from './follow-moves.ts';
import type { Lifted, NamedAffine } from './lifted.ts';
import type { ModelNode, ModelView, Shape } from './model-view.ts';
import { PaddedSources } from './padded-sources.ts';

export interface ViewGraph {
  readonly graph: Graph;
  readonly ids: ReadonlyMap<string, ValueId>;
}

/** `unread` are names that stay only for as long as the operators that read them. */
export function buildGraph(view: ModelView, unread: ReadonlySet<string> = new Set()): ViewGraph {
  const lifted = new Map(view.nodes.map((node) => [node, fitting(view.lift(node), node, view)]));
  const kept = findKept(view, lifted, unread);
  const ids = new Map<string, ValueId>();
  const shapes = view.nodes
    .flatMap(({ inputs, outputs }) => [...inputs, ...outputs])
    .map((name) => viewShape(view, name));
  const values: Value[] = view.holdsMaps ? listOnes(shapes) : [];
  const addValue = (name: string, value: Omit<Value, 'name' | 'shape' | 'kept'>) => {
    ids.set(name, values.length);
    values.push({ name, shape: viewShape(view, name), kept: kept.has(name), ...value });
  };
  for (const name of view.inputs) addValue(name, { definitions: [], origin: 'graph input' });
  const padded = new PaddedSources(values, ids);
  const moves = new FollowedMoves(view, values, ids);
  const read = new Set(view.nodes.flatMap(({ inputs }) => inputs));
  for (const node of view.nodes) {
    const lift = lifted.get(node)!;
    node.outputs.forEach((name, place) => {
      if (ids.has(name)) return; // an input that is a node too
      const definition = lift && !isRefusal(lift) ? lift[place] : undefined;
      const move = lift || node.outputs.length > 1 ? null : moves.define(node);
      const own = definition ? [withIds(definition, ids, padded)] : [];
      const twin = node.outputs.length > 1 ? undefined : moves.addTwin(name, own);
      addValue(name, {
        twin,
        definitions: move?.definitions ?? own,
        moved: move?.moved,
        origin: node.opType,
        pinned: node.outputs.length > 1,
        reads: readsBeside(node, definition, { view, ids, unread }),
        refusal: lift && isRefusal(lift) ? lift : undefined,
      });
      if (move && read.has(name)) moves.keep(name); // what nothing reads is the model's output for just that
    });
  }
  return { graph: { values, dialect: view.dialect }, ids };
}

function isMove(node: ModelNode, view: ModelView): boolean {
  return view.move(node) !== null;
}

interface Reading {
  readonly view: ModelView;
  readonly ids: ReadonlyMap<string, ValueId>;
  readonly unread: ReadonlySet<string>;
}

/** What the node reads, though no term does: all of it for a movement, what stays only with its readers for another operator. */
function readsBeside(node: ModelNode, definition: NamedAffine | undefined, { view, ids, unread }: Reading): ValueId[] {
  const inTerms = new Set(definition?.terms.map(({ input }) => input));
  const isFollowed = definition !== undefined || isMove(node, view);
  const beside = node.inputs.filter((name) => !inTerms.has(name) && (isFollowed || unread.has(name)));
  return beside.flatMap((name) => ids.get(name) ?? []);
}

function viewShape(view: ModelView, name: string): Shape {
  const shape = view.shape(name);
  return shape ? view.viewShape(shape) : [];
}

type LiftedNodes = ReadonlyMap<ModelNode, readonly NamedAffine[] | Refusal | null>;

/** Drops definitions that contradict what is known of the shapes. */
function fitting(lift: Lifted, node: ModelNode, view: ModelView): Lifted {
  if (!lift || isRefusal(lift)) return lift;
  const channels = (name: string) => {
    const shape = view.shape(name);
    return shape && shape.length > 1 ? view.viewShape(shape)[1] : null;
  };
  const fits = lift.every(({ terms }, place) =>
    terms.every(
      ({ operator, input }) =>
        channels(node.outputs[place]!) === operator.outChannels && channels(input) === operator.inChannels,
    ),
  );
  return fits && lift.length === node.outputs.length ? lift : null;
}

/** Names that something beside affine values and their movements reads: other operators, the caller; and those that nothing reads at all. */
function findKept(view: ModelView, lifted: LiftedNodes, unread: ReadonlySet<string>): Set<string> {
  const kept = new Set(view.outputs);
  const read = new Set<string>();
  for (const node of view.nodes) {
    const lift = lifted.get(node);
    const isAffine = lift && !isRefusal(lift);
    for (const name of node.awaits) kept.add(name);
    for (const name of node.inputs) {
      read.add(name);
      if (!isAffine && !isMove(node, view) && !unread.has(name)) kept.add(name);
    }
  }
  for (const { outputs } of view.nodes) {
    if (outputs.every((name) => !read.has(name))) for (const name of outputs) kept.add(name);
  }
  return kept;
}

function withIds({ bias, terms }: NamedAffine, ids: ReadonlyMap<string, ValueId>, sources: PaddedSources): Affine {
  const idOf = (input: string, padded?: Shape) => (padded ? sources.find(input, padded) : ids.get(input)!);
  return {
    axis: 1,
    bias,
    terms: terms.map(({ operator, input, padded }) => ({ operator, value: idOf(input, padded) })),
  };
}
