/** Converts a Layers model built in a test, and checks what every conversion must hold. */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { expect } from 'vitest';
import { type Report, reparameterizeArtifacts, seededRandom, type TfjsOptions } from '../src/index.ts';
import { listOf, randomInputs, randomizeWeights, relativeDifference } from './compare.ts';
import { artifactsOf, loadLayers } from './tensorflow.ts';

export interface Converted {
  readonly report: Report;
  readonly deploy: LayersModel;
  /** Class names of the layers left, inputs aside. */
  readonly layers: readonly string[];
}

/** The same outputs, and a second conversion that changes nothing. */
export async function convertModel(model: LayersModel, options: TfjsOptions = {}): Promise<Converted> {
  const random = seededRandom(7);
  randomizeWeights(model, random, false);
  const artifacts = await artifactsOf(model);
  const { artifacts: converted, report } = await reparameterizeArtifacts(artifacts, options);
  const [before, deploy] = [await loadLayers(artifacts), await loadLayers(converted)];
  for (const size of [6, 7]) {
    const inputs = randomInputs(before, random, options.inputShape?.[1] ?? size);
    const outputs = listOf(before.predict(inputs) as never);
    expect(relativeDifference(outputs, listOf(deploy.predict(inputs) as never))).toBeLessThan(1e-5);
  }
  expect((await reparameterizeArtifacts(converted, options)).report.fusions).toEqual([]);
  const layers = deploy.layers.map((layer) => layer.getClassName()).filter((name) => name !== 'InputLayer');
  return { report, deploy, layers };
}

/** Reasons of refusals, each once. */
export function reasonsOf({ refusals }: Report): string[] {
  return [...new Set(refusals.map(({ reason }) => reason))].sort();
}
