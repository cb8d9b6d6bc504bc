/** reparameterizeArtifacts: the artifacts of a train-time model in, those of its deploy model out. */
import { joinFusions } from '@reparam/core/rounds';
import type { ModelArtifacts } from './artifacts/model-artifacts.ts';
import { type Transformed, transformModel } from './convert/transform-model.ts';
import { expandTopology } from './layers/expand-blocks.ts';
import { groupShared, ungroupShared } from './layers/shared/group-shared.ts';
import type { TfjsOptions } from './options.ts';
import type { Report } from './report.ts';

/** Nearly always the second round finds nothing. */
const MAXIMUM_ROUNDS = 4;

/**
 * Merges all linear branches of a Layers or Graph model that can be merged exactly. Everything else stays as it is, and the artifacts
 * given are not changed. A RepConv2D becomes stock layers in any case. Needs no TensorFlow.js.
 *
 * @returns the artifacts of the deploy model, which are the given ones where nothing fuses; and a report.
 * @throws FormatError where topology or weights are damaged; ShapeError where given shapes do not fit.
 * @example
 * const { artifacts, report } = await reparameterizeArtifacts(await tf.io.http(url).load());
 * const model = await tf.loadLayersModel(tf.io.fromMemory(artifacts));
 */
export async function reparameterizeArtifacts<Artifacts extends ModelArtifacts>(
  artifacts: Artifacts,
  options: TfjsOptions = {},
): Promise<{ readonly artifacts: Artifacts; readonly report: Report }> {
  const modelTopology = expandTopology(artifacts.modelTopology);
  const stock = modelTopology === artifacts.modelTopology ? artifacts : { ...artifacts, modelTopology };
  const first = await transformModel(stock, options);
  const current = await transformShared(await transformAgain(first, options), options);
  await options.onProgress?.({ stage: 'write', done: 1, total: 1 });
  return { artifacts: (options.dryRun ? artifacts : current.artifacts) as Artifacts, report: current.report };
}

/** Until nothing more fuses. */
async function transformAgain(first: Transformed, options: TfjsOptions): Promise<Transformed> {
  let current = first;
  for (let round = 1; round < MAXIMUM_ROUNDS && current.report.fusions.length > 0; round++) {
    const { next, isChanged } = await transformNext(current, current.artifacts, options);
    current = next;
    if (!isChanged) break;
  }
  return current;
}

/** One more round, on what has become of the artifacts; the report is of all rounds. */
async function transformNext(
  { report: { before, unmatchedPatterns, fusions: earlier } }: Transformed,
  artifacts: ModelArtifacts,
  options: TfjsOptions,
): Promise<{ readonly next: Transformed; readonly isChanged: boolean }> {
  const round = await transformModel(artifacts, options, earlier);
  const fusions = joinFusions(earlier, round.report.fusions, round.gone);
  const next = { ...round, report: { ...round.report, before, fusions, unmatchedPatterns } };
  return { next, isChanged: round.report.fusions.length > 0 };
}

/** The same for layers that are shared together, inside of what they are together. */
async function transformShared(current: Transformed, options: TfjsOptions): Promise<Transformed> {
  const grouped = groupShared(current.artifacts.modelTopology!);
  if (!grouped) return current;
  const { topology: modelTopology, groups } = grouped;
  const { next, isChanged } = await transformNext(current, { ...current.artifacts, modelTopology }, options);
  if (!isChanged) return current;
  const { artifacts, ...within } = await transformAgain(next, options);
  const apart = { ...artifacts, modelTopology: ungroupShared(artifacts.modelTopology!, groups) };
  const { next: whole, isChanged: isMore } = await transformNext({ ...within, artifacts }, apart, options);
  return isMore ? await transformAgain(whole, options) : whole;
}
