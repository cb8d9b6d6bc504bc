/** The fusions of all graphs of a model, in memory and with names that they share. */
import { createScratch, scratchCapacity } from '@reparam/core/convert';
import { type FusedRegion, type FuseSetting, fuseRegion } from './fuse-region.ts';
import { type ReparameterizeOptions, throwIfAborted } from './options.ts';
import type { PlannedRegion } from './plan-region.ts';
import type { OnnxModel } from './proto/model.ts';
import { takenNames } from './taken-names.ts';

export async function fuseRegions(
  model: OnnxModel,
  planned: readonly PlannedRegion[],
  options: ReparameterizeOptions,
): Promise<FusedRegion[]> {
  const total = planned.reduce((sum, { plan }) => sum + plan.rewrites.length, 0);
  const channels = options.proof === 'full' ? Number.POSITIVE_INFINITY : options.proof;
  let done = 0;
  const setting: FuseSetting = {
    border: options.border,
    proof: { channels, seed: options.seed ?? 0 },
    scratch: createScratch(scratchCapacity(planned.map(({ plan }) => plan))),
    names: takenNames(model),
    onFusion: () => {
      throwIfAborted(options);
      done = Math.min(done + 1, total); // what must be planned again counts once more
      return options.onProgress?.({ stage: 'fuse', done, total });
    },
  };
  const fused: FusedRegion[] = [];
  for (const region of planned) fused.push(await fuseRegion(region, setting));
  return fused;
}
