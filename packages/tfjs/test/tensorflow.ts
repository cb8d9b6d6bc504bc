/** TensorFlow.js for tests: the cpu backend, and models as artifacts and back. */
import '@tensorflow/tfjs-backend-cpu';
import * as converter from '@tensorflow/tfjs-converter';
import * as core from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import type { ModelArtifacts } from '../src/index.ts';

export const tf = { ...core, ...layers, ...converter };

/** What `model.save` would write. */
export async function artifactsOf(model: layers.LayersModel): Promise<core.io.ModelArtifacts> {
  let saved: core.io.ModelArtifacts | undefined;
  await model.save(
    core.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  return JSON.parse(JSON.stringify({ ...saved, weightData: undefined }, null), undefined) && { ...saved! };
}

export function loadLayers(artifacts: ModelArtifacts): Promise<layers.LayersModel> {
  return layers.loadLayersModel(core.io.fromMemory(artifacts as core.io.ModelArtifacts));
}

export async function loadGraph(artifacts: ModelArtifacts): Promise<converter.GraphModel> {
  return converter.loadGraphModel(core.io.fromMemory(artifacts as core.io.ModelArtifacts));
}
