/** Converts until nothing is left to do, so that converting the result again changes nothing. */
import type { ReparameterizeOptions } from './options.ts';
import { chunksSource } from './proto/chunks.ts';
import { type OnnxModel, openModel } from './proto/model.ts';
import { type ModelPatch, patchModel } from './proto/write.ts';
import type { Report } from './report.ts';
import { transformModel } from './transform.ts';

/** A patch of a model: of the file's own, or of one that earlier patches made. */
export interface Converged {
  readonly model: OnnxModel;
  readonly patch: ModelPatch;
  /** Complete but for the size of the new file. */
  readonly report: Report;
}

/** Nearly always the second round finds nothing. Each makes the model cheaper, so there is a last one; this is far beyond it. */
const MAXIMUM_ROUNDS = 64;

export async function convergeModel(opened: OnnxModel, options: ReparameterizeOptions): Promise<Converged> {
  if (!options.freezeWeights) return convergeFrozen(opened, options);
  const { freezeWeights } = await import('./freeze-weights.ts');
  const { model, count } = await freezeWeights(opened);
  const converged = await convergeFrozen(model, options);
  if (count === 0) return converged;
  const { before } = converged.report;
  const bytes = before.bytes + opened.source.size - model.source.size;
  return { ...converged, report: { ...converged.report, before: { ...before, bytes }, frozenWeights: count } };
}

async function convergeFrozen(model: OnnxModel, options: ReparameterizeOptions): Promise<Converged> {
  let current = { model, ...(await transformModel(model, options)) };
  for (let round = 1; round < MAXIMUM_ROUNDS && current.report.fusions.length > 0; round++) {
    const source = chunksSource(patchModel(current.model, current.patch));
    const next = await openModel(source, { external: model.externalFiles.resolver });
    const { patch, report, touched, gone } = await transformModel(next, options, {
      touched: current.touched,
      fusions: current.report.fusions,
    });
    const { before, unmatchedPatterns } = current.report;
    const { joinFusions } = await import('@reparam/core/rounds'); // a model in which nothing fuses never needs it
    const fusions = joinFusions(current.report.fusions, report.fusions, gone);
    const merged = { ...report, before, fusions, unmatchedPatterns };
    if (report.fusions.length === 0) return { ...current, report: merged };
    current = { model: next, patch, report: merged, touched, gone };
  }
  return current;
}
