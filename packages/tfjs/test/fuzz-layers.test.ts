/** Random Layers models compute the same after conversion, on the cpu backend. */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { expect } from 'vitest';
import { reparameterizeArtifacts, seededRandom } from '../src/index.ts';
import { listOf, randomInputs, randomizeWeights, relativeDifference } from './compare.ts';
import { randomModel } from './random-layers.ts';
import { testSeeds } from './run-seeds.ts';
import { artifactsOf, loadLayers, tf } from './tensorflow.ts';

async function convertOnce(seed: number): Promise<number> {
  const random = seededRandom(seed);
  const int = (low: number, high: number) => low + Math.floor(random() * (high - low + 1));
  const rank = [2, 2, 2, 2, 1, 0, 3][int(0, 6)]!;
  const open = random() < 0.2;
  const sizes = Array.from({ length: rank }, () => (open ? null : int(1, rank === 3 ? 4 : 8)));
  const built = randomModel(random, [...sizes, int(1, 4)]);
  randomizeWeights(built, random);
  const artifacts = await artifactsOf(built);
  const model = await loadLayers(artifacts); // saving drops inputs that nothing reads
  const before = JSON.stringify(artifacts.modelTopology);
  const { artifacts: converted, report } = await reparameterizeArtifacts(artifacts, { seed });
  expect(JSON.stringify(artifacts.modelTopology)).toBe(before);
  const deploy = await loadLayers(converted);
  for (const size of open ? [4, 5, 7] : [0]) {
    const inputs = randomInputs(model, random, size);
    let outputs: ReturnType<typeof listOf>;
    try {
      outputs = listOf(model.predict(inputs) as never);
    } catch {
      continue; // too small for its windows
    }
    if (open && isTooSmall(model, inputs)) continue;
    const difference = relativeDifference(outputs, listOf(deploy.predict(inputs) as never));
    expect(difference, `seed ${seed}, size ${size}`).toBeLessThan(2e-4);
  }
  const again = await reparameterizeArtifacts(converted, { seed });
  expect(again.report.fusions, `seed ${seed}: converting twice`).toEqual([]);
  expect(deploy.inputNames).toEqual(model.inputNames);
  expect(deploy.outputNames).toEqual(model.outputNames);
  deploy.dispose();
  model.dispose();
  return report.fusions.length;
}

/** Whether some layer's windows do not fit in what they are given: TensorFlow.js reads whatever is in memory then. */
function isTooSmall(model: LayersModel, inputs: Tensor[]): boolean {
  const tensors = model.layers.flatMap((layer) => {
    const calls = 'layers' in layer ? layer.inboundNodes.slice(1) : layer.inboundNodes; // a nested model's first is its own graph
    return calls.flatMap(({ outputTensors }) => outputTensors);
  });
  const whole = tf.model({ inputs: model.inputs, outputs: tensors.filter((tensor) => !model.inputs.includes(tensor)) });
  return listOf(whole.predict(inputs) as never).some(({ shape }) => shape.some((size) => size < 1));
}

testSeeds('Layers', convertOnce);
