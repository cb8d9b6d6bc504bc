/** Plans of all graphs of a model. */
import { readRegions } from './analysis/region.ts';
import { type PlannedRegion, planRegion } from './convert-region.ts';
import { loadEvaluation } from './load-evaluation.ts';
import { type ReparameterizeOptions, throwIfAborted } from './options.ts';
import type { OnnxModel } from './proto/model.ts';
import { type Selection, selectNodes } from './selection.ts';

export interface PlannedModel {
  /** The main graph first. */
  readonly planned: readonly PlannedRegion[];
  readonly selection: Selection;
}

/** With `touched`, all else was planned before, and is searched only near values of these names. */
export async function planRegions(
  model: OnnxModel,
  options: ReparameterizeOptions,
  touched?: ReadonlySet<string>,
): Promise<PlannedModel> {
  const evaluation = await loadEvaluation(model);
  const regions = readRegions(model, evaluation, options.shapes);
  const selection = selectNodes(regions, options);
  const known = { evaluation, quantized: evaluation.inner?.valuesBeforeQuantizers(regions), touched };
  const planned: PlannedRegion[] = [];
  for (const region of regions) {
    throwIfAborted(options);
    planned.push(planRegion(region, known, selection, options));
    await options.onProgress?.({ stage: 'plan', done: planned.length, total: regions.length });
  }
  return { planned, selection };
}
