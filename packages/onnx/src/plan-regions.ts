/** Plans of all graphs of a model. */
import type { Region } from './analysis/region.ts';
import { openRegions } from './open-regions.ts';
import { type ReparameterizeOptions, throwIfAborted } from './options.ts';
import { type PlannedRegion, planRegion } from './plan-region.ts';
import type { OnnxModel } from './proto/model.ts';
import type { Selection } from './selection.ts';

export interface PlannedModel {
  /** The main graph first. */
  readonly planned: readonly PlannedRegion[];
  readonly selection: Selection;
}

/**
 * With `touched`, all else was planned before, and a graph is searched only near values of these names; but whole where there are others
 * inside: what a call hands on may have been renamed, and what a body gives out may be known better.
 */
export async function planRegions(
  model: OnnxModel,
  options: ReparameterizeOptions,
  touched?: ReadonlySet<string>,
): Promise<PlannedModel> {
  const { evaluation, regions } = await openRegions(model, options);
  const selection = await selectRegions(regions, options);
  const repair = options.border === 'repair' ? await import('@reparam/core/repair') : undefined;
  const quantized = evaluation.inner?.valuesBeforeQuantizers(regions);
  const known = { evaluation, quantized, appendOnes: repair?.appendOnes };
  const { keepNorms } = options.keep?.includes('norm') ? await import('./keep.ts') : { keepNorms: null };
  const planned: PlannedRegion[] = [];
  for (const region of regions) {
    throwIfAborted(options);
    const near = regions.length === 1 ? touched : undefined;
    const first = planRegion(region, { ...known, touched: near }, selection, options);
    planned.push(keepNorms ? keepNorms(first, options.border) : first);
    await options.onProgress?.({ stage: 'plan', done: planned.length, total: regions.length });
  }
  return { planned, selection };
}

async function selectRegions(regions: readonly Region[], options: ReparameterizeOptions): Promise<Selection> {
  if (!options.only && !options.skip) return { excluded: new Set(), unmatched: [] };
  const { selectNodes } = await import('./selection.ts');
  return selectNodes(regions, options);
}
