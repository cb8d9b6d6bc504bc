/** reparameterizeArtifacts: the artifacts of a train-time model in, those of its deploy model out. */
import { joinFusions } from '@reparam/core/rounds';
import type { ModelArtifacts } from './artifacts/model-artifacts.ts';
import { transformModel } from './convert/transform-model.ts';
import { expandTopology } from './layers/expand-blocks.ts';
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
  let current = await transformModel(stock, options);
  for (let round = 1; round < MAXIMUM_ROUNDS && current.report.fusions.length > 0; round++) {
    const next = await transformModel(current.artifacts, options, current.report.fusions);
    const { before, unmatchedPatterns } = current.report;
    const fusions = joinFusions(current.report.fusions, next.report.fusions, next.gone);
    const report = { ...next.report, before, fusions, unmatchedPatterns };
    if (next.report.fusions.length === 0) {
      current = { ...current, report };
      break;
    }
    current = { ...next, report };
  }
  await options.onProgress?.({ stage: 'write', done: 1, total: 1 });
  return { artifacts: (options.dryRun ? artifacts : current.artifacts) as Artifacts, report: current.report };
}
