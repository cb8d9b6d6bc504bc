/** The graphs of a model as they are read, with all constants evaluated that can be. */
import { type Region, readRegions } from './analysis/region.ts';
import { type Evaluation, loadEvaluation } from './load-evaluation.ts';
import type { ReparameterizeOptions } from './options.ts';
import type { OnnxModel } from './proto/model.ts';

export interface OpenRegions {
  readonly evaluation: Evaluation;
  /** The main graph first. */
  readonly regions: readonly Region[];
}

type OpenOptions = Pick<ReparameterizeOptions, 'shapes' | 'runtime' | 'signal'>;

/** Throws a ShapeError for shapes that the inputs cannot have, and what `runtime` throws, if a constant needs it. */
export async function openRegions(model: OnnxModel, options: OpenOptions): Promise<OpenRegions> {
  if (options.shapes) (await import('./analysis/given-shapes.ts')).checkShapes(model.graph, options.shapes);
  const evaluation = await loadEvaluation(model);
  const regions = readRegions(model, evaluation, options.shapes);
  const opened = { evaluation, regions };
  if (!options.runtime || !evaluation.inner) return opened;
  const { computeConstants } = await import('./runtime-constants/compute-constants.ts');
  return await computeConstants(model, opened, options);
}
