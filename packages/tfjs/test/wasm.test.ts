/** Converted models on the wasm backend, whose kernels are others than the cpu's. */
import '@tensorflow/tfjs-backend-wasm';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { beforeAll, expect, test } from 'vitest';
import { reparameterizeArtifacts, seededRandom, verify } from '../src/index.ts';
import { randomizeWeights } from './compare.ts';
import { randomGraph } from './random-graph.ts';
import { randomModel } from './random-layers.ts';
import { artifactsOf, tf } from './tensorflow.ts';

beforeAll(() => tf.setBackend('wasm'));

/** Blocks of RepVGG: a 3x3 and a 1x1 convolution and a skip, each with its normalization. */
function blocks(count: number, size: number, channels: number) {
  const input = tf.input({ shape: [size, size, channels] });
  let x: SymbolicTensor = input;
  for (let block = 0; block < count; block++) {
    const from = x;
    const norm = (value: SymbolicTensor) => tf.layers.batchNormalization().apply(value) as SymbolicTensor;
    const conv = (kernelSize: number) => {
      const config = { filters: channels, kernelSize, padding: 'same' as const, useBias: false };
      return norm(tf.layers.conv2d(config).apply(from) as SymbolicTensor);
    };
    const sum = tf.layers.add().apply([conv(3), conv(1), norm(from)]);
    x = tf.layers.activation({ activation: 'relu' }).apply(sum) as SymbolicTensor;
  }
  return tf.model({ inputs: input, outputs: x });
}

test('ten blocks of RepVGG become ten convolutions, equal on wasm', async () => {
  const model = blocks(10, 28, 8);
  const random = seededRandom(2);
  randomizeWeights(model, () => 0.2 + 0.2 * random(), false);
  const artifacts = await artifactsOf(model);
  const { artifacts: converted, report } = await reparameterizeArtifacts(artifacts);
  expect(report.after.operatorCounts).toEqual({ Conv2D: 10 });
  const { equal, failure } = await verify(tf, artifacts, converted, { samples: 1 });
  expect(failure?.message).toBeUndefined();
  expect(equal).toBe(true);
});

test('random models are equal on wasm, where it runs them', async () => {
  let compared = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const random = seededRandom(seed);
    const model = randomModel(random, [6, 5, 3]);
    randomizeWeights(model, random);
    for (const artifacts of [await artifactsOf(model), randomGraph(random).artifacts]) {
      const { artifacts: converted, report } = await reparameterizeArtifacts(artifacts);
      if (report.fusions.length === 0) continue;
      const options = { samples: 1, tolerance: 1e-3 };
      const { failure, cases } = await verify(tf, artifacts, converted, options);
      // wasm lacks kernels; what was converted must not need one more.
      if (failure?.reason === 'nothing-compared' || failure?.message.startsWith('The first model refuses')) continue;
      expect(failure?.message, `seed ${seed}`).toBeUndefined();
      compared += cases.length;
    }
  }
  expect(compared).toBeGreaterThan(20);
});
