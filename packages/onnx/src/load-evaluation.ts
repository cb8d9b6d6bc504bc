/** Loads evaluation of constants, of sizes and of moved data for models that have such; a page goes without for a plain network. */
import type { Affine, MovementStep, Twin, Value, ValueId } from '@reparam/core';
import type { MovedValue } from '@reparam/core/movement';
import type { Constant } from './analysis/constant.ts';
import { makers } from './analysis/fold/make.ts';
import { type FoldNode, folder } from './analysis/fold/table.ts';
import { MOVERS, QUANTIZER, RESIZERS } from './analysis/operator-kinds.ts';
import type { SizeProducts } from './analysis/products.ts';
import type { Scope } from './analysis/scope.ts';
import type { ShapeRule } from './analysis/shape-rules.ts';
import type { foldSizes } from './analysis/size-lists.ts';
import type { NodeWriter } from './emit/writer.ts';
import type * as inner from './inner.ts';
import type { Lift } from './lift/context.ts';
import type { OnnxGraph } from './proto/graph.ts';
import type { OnnxModel } from './proto/model.ts';
import type { OnnxNode } from './proto/node.ts';

export interface Evaluation {
  /** Evaluates operators of constants. */
  readonly foldNode: FoldNode;
  /** Follows lists that are computed from sizes. */
  readonly foldSizes: typeof foldSizes;
  /** Where products of sizes are remembered. */
  readonly openProducts?: () => SizeProducts;
  /** Shapes of what operators make that only move data. */
  readonly shapeRules: Readonly<Record<string, ShapeRule>>;
  /** Lifts of operators that a plain network has none of. */
  readonly lifts: Readonly<Record<string, Lift>>;
  /** Follows what is moved as a whole. */
  readonly followMoves: (scope: Scope, values: Value[], ids: ReadonlyMap<string, ValueId>) => Moves;
  /** Writes one step of a movement after another node; returns the name of its output. */
  readonly writeMovement: (writer: NodeWriter, step: MovementStep, input: string) => string;
  /** Lifts such an operator by where its elements come from. */
  readonly liftTraced: Lift;
  /** Reads graphs inside of others, and follows quantizers; null where the model has none. */
  readonly inner: typeof inner | null;
  /** What a runtime was asked to evaluate, since `foldNode` does not. */
  readonly computed?: ComputedNodes;
}

/** The outputs of nodes, null where one is left out, or why a runtime could not tell them. */
export type ComputedNodes = ReadonlyMap<OnnxNode, readonly (Constant | null)[] | Error>;

/** Finds what values are as movements of others, in order. */
export interface Moves {
  /** null where the node's output is no movement. */
  define(node: OnnxNode): MovedValue | null;
  /** Another way to make the value of this name, which is added next and has these definitions. */
  addTwin(name: string, definitions: readonly Affine[]): Twin | undefined;
  /** Tells that the output has become a value. */
  keep(name: string): void;
}

const basic: Evaluation = {
  foldNode: folder(makers),
  foldSizes: () => undefined,
  shapeRules: {},
  lifts: {},
  writeMovement: (_, __, input) => input,
  followMoves: () => ({ define: () => null, addTwin: () => undefined, keep: () => {} }),
  liftTraced: () => null,
  inner: null,
};

export async function loadEvaluation(model: OnnxModel): Promise<Evaluation> {
  if (model.functions.size === 0 && !needsEvaluation(model.graph)) return basic;
  return needsPieces(model) ? await import('./free-evaluation.ts') : await import('./evaluation.ts');
}

/** Whether a map of free size may be written to, or cut or padded in a way that its sizes decide. */
function needsPieces({ graph, functions }: OnnxModel): boolean {
  const isFree = graph.inputs.some(({ dims }) => !dims?.every((size) => typeof size === 'number'));
  return (
    functions.size > 0 ||
    (isFree && graph.nodes.some(({ opType, subgraphs }) => WRITERS.has(opType) || subgraphs.length > 0))
  );
}

const WRITERS: ReadonlySet<string> = new Set(['Expand', 'Pad', 'ScatterND', 'Slice', 'Split', 'Where']);

/** Whether anything might come out otherwise without it: something moves data, reads sizes, or is computed from what does not vary. */
function needsEvaluation({ inputs, nodes }: OnnxGraph): boolean {
  const varying = new Set(inputs.map(({ name }) => name));
  for (const { opType, inputs, outputs, subgraphs } of nodes) {
    if (NEEDED.has(opType) || QUANTIZER.test(opType) || subgraphs.length > 0) return true;
    const varies = inputs.some((name) => varying.has(name));
    if (!varies && !Object.hasOwn(makers, opType)) return true;
    if (varies) for (const name of outputs) varying.add(name);
  }
  return false;
}

const NEEDED: ReadonlySet<string> = new Set([
  'Shape',
  'Size',
  'ReduceMean',
  'GlobalAveragePool',
  'AveragePool',
  'ConvTranspose', // its sizes are products
  ...RESIZERS,
  ...[...MOVERS].filter((type) => type !== 'Identity'),
]);
