/** reparameterize: a Layers model in memory in, its deploy model out. */
import { UnsupportedError } from '@reparam/core';
import type { ModelArtifacts } from './artifacts/model-artifacts.ts';
import type { TfjsOptions } from './options.ts';
import { reparameterizeArtifacts } from './reparameterize-artifacts.ts';
import type { Report } from './report.ts';

/** What is used of TensorFlow.js. */
export interface LayersLibrary<Model> {
  loadLayersModel(handler: never): Promise<Model>;
}

/** What is used of a `tf.LayersModel`. */
export interface SavableModel {
  save(handler: never, options: never): unknown;
}

/**
 * The deploy model of a model in memory. The source is not changed, and shares nothing with the result: dispose of each as you need.
 *
 * @param tf TensorFlow.js, or its layers package.
 * @throws FormatError or UnsupportedError where the model cannot be saved or loaded.
 * @example
 * const { model: deploy, report } = await reparameterize(tf, model);
 */
export async function reparameterize<Model extends SavableModel>(
  tf: LayersLibrary<Model>,
  model: Model,
  options: TfjsOptions = {},
): Promise<{ readonly model: Model; readonly report: Report }> {
  const { artifacts, report } = await reparameterizeArtifacts(await artifactsOf(model), options);
  return { model: await tf.loadLayersModel({ load: async () => artifacts } as never), report };
}

/** What `model.save` gives: topology and weights, without the optimizer's. */
export async function artifactsOf(model: SavableModel): Promise<ModelArtifacts> {
  let saved: ModelArtifacts | undefined;
  const save = async (artifacts: ModelArtifacts) => {
    saved = artifacts;
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
  };
  await model.save({ save } as never, { includeOptimizer: false } as never);
  if (!saved) throw new UnsupportedError('the model gave nothing when it was saved');
  return saved;
}
