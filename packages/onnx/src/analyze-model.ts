/** A model read whole: what is known of each name, and the graph of affine values. */
import { checkShapes } from './analysis/given-shapes.ts';
import { readScope } from './analysis/read-scope.ts';
import type { Scope } from './analysis/scope.ts';
import { buildGraph, type ModelGraph } from './build-graph.ts';
import { type Evaluation, loadEvaluation } from './load-evaluation.ts';
import type { OnnxModel } from './proto/model.ts';

export interface AnalyzedModel {
  readonly scope: Scope;
  readonly modelGraph: ModelGraph;
  readonly evaluation: Evaluation;
}

/** `shapes` settles free sizes of graph inputs. */
export async function analyzeModel(
  model: OnnxModel,
  shapes?: Readonly<Record<string, readonly number[]>>,
): Promise<AnalyzedModel> {
  if (shapes) checkShapes(model.graph, shapes);
  const evaluation = await loadEvaluation(model);
  const scope = readScope(model, evaluation, shapes);
  return { scope, modelGraph: buildGraph(scope, evaluation), evaluation };
}
