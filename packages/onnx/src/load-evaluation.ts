/** Loads the evaluation of constants and of moved data for models that have such; a plain network in a page goes without. */
import { makers } from './analysis/fold/make.ts';
import { type FoldNode, folder } from './analysis/fold/table.ts';
import { MOVERS } from './analysis/movers.ts';
import type { Lift } from './lift/context.ts';
import type { OnnxGraph } from './proto/graph.ts';
import type { OnnxModel } from './proto/model.ts';

export interface Evaluation {
  readonly foldNode: FoldNode;
  readonly liftTraced: Lift;
}

const basic: Evaluation = { foldNode: folder(makers), liftTraced: () => null };

export async function loadEvaluation({ graph }: OnnxModel): Promise<Evaluation> {
  return needsEvaluation(graph) ? await import('./evaluation.ts') : basic;
}

/** Whether anything might come out otherwise without it: something moves data, or is computed from what does not vary. */
function needsEvaluation({ inputs, nodes }: OnnxGraph): boolean {
  const varying = new Set(inputs.map(({ name }) => name));
  for (const { opType, inputs, outputs } of nodes) {
    if (MOVERS.has(opType) && !PLAIN.has(opType)) return true;
    const varies = inputs.some((name) => varying.has(name));
    if (!varies && !Object.hasOwn(makers, opType)) return true;
    if (varies && !SIZES.has(opType)) for (const name of outputs) varying.add(name);
  }
  return false;
}

/** Lifts of data that is moved have three axes or more, and these make two, or change nothing. */
const PLAIN: ReadonlySet<string> = new Set(['Flatten', 'Identity']);

/** Their outputs may be constant where their inputs are not. */
const SIZES: ReadonlySet<string> = new Set(['Shape', 'Size']);
