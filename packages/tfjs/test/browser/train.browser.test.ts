/** In a page: models convert, load and run on cpu, wasm and WebGL, and what two steps of training leave is deployed. */
import './browser-tensorflow.ts';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { afterAll, describe, expect, test } from 'vitest';
import { reparam, reparameterize, reparameterizeArtifacts, seededRandom, verify } from '../../src/index.ts';
import { dbBlock, mobileOneBlock, repConv2D, repMixerBlock, repVGGBlock } from '../../src/train/index.ts';
import { randomInputs, randomizeWeights, relativeDifference } from '../compare.ts';
import { trainTwoSteps } from '../random-blocks.ts';
import { artifactsOf, tf } from '../tensorflow.ts';

/** A network of every block, small enough to train in a page. */
function network(): LayersModel {
  const image = tf.input({ shape: [8, 8, 3], name: 'image' });
  const stem = repVGGBlock(tf, { filters: 8, stride: 2 }).apply(image);
  const depthwise = mobileOneBlock(tf, { filters: 8, groups: 8, branches: 2 }).apply(stem);
  const mixed = repMixerBlock(tf, { layerScale: 0.5 }).apply(depthwise);
  const diverse = dbBlock(tf, { filters: 8, activation: 'relu' }).apply(mixed);
  const grouped = repConv2D(tf, { filters: 8, groups: 2, skip: 'norm', activation: 'relu' }).apply(diverse);
  return tf.model({ inputs: image, outputs: grouped as SymbolicTensor });
}

afterAll(() => tf.setBackend('cpu'));

describe.each(['cpu', 'wasm', 'webgl'])('on %s', (backend) => {
  test('a model that was trained for two steps deploys equal', async () => {
    await tf.setBackend('cpu'); // wasm does not train convolutions
    const model = network();
    randomizeWeights(model, seededRandom(1), false);
    const before = model.getWeights().map((weight) => weight.clone());
    await trainTwoSteps(model, seededRandom(2));
    const moved = model.getWeights().filter((weight, index) => relativeDifference([before[index]!], [weight]) > 0);
    expect(moved.length).toBeGreaterThan(60);
    const artifacts = await artifactsOf(model);
    expect(await tf.setBackend(backend)).toBe(true);
    expect(tf.getBackend()).toBe(backend);
    const { artifacts: converted, report } = await reparameterizeArtifacts(artifacts);
    expect(report.after.operatorCounts.BatchNormalization).toBeUndefined();
    expect(report.after.operatorCounts.Add).toBeUndefined();
    // A WebGL without float32 textures computes in float16.
    const isHalf = backend === 'webgl' && !tf.env().getBool('WEBGL_RENDER_FLOAT32_ENABLED');
    const { equal, failure, cases } = await verify(tf, artifacts, converted, { tolerance: isHalf ? 1e-2 : 1e-5 });
    expect(failure?.message).toBeUndefined();
    expect(equal).toBe(true);
    expect(cases.length).toBeGreaterThan(0);
  });

  test('a model is converted while it loads, and predicts what the cpu does', async () => {
    await tf.setBackend('cpu');
    const model = network();
    randomizeWeights(model, seededRandom(3), false);
    const artifacts = await artifactsOf(model);
    const [input] = randomInputs(model, seededRandom(4));
    const values = (await input!.data()) as Float32Array;
    const expected = model.predict(input!) as typeof input;
    const reference = tf.tensor(await expected!.data(), expected!.shape);
    await tf.setBackend(backend);
    const loaded = await tf.loadLayersModel(reparam({ load: async () => artifacts }));
    const given = loaded.predict(tf.tensor(values, input!.shape)) as typeof input;
    const isHalf = backend === 'webgl' && !tf.env().getBool('WEBGL_RENDER_FLOAT32_ENABLED');
    expect(relativeDifference([reference], [given!])).toBeLessThan(isHalf ? 1e-2 : 1e-5);
  });
});

test('a model in memory becomes its deploy model', async () => {
  await tf.setBackend('wasm');
  const { model: deploy, report } = await reparameterize(tf, network());
  expect(deploy.layers.map((layer) => layer.getClassName())).not.toContain('BatchNormalization');
  expect(report.fusions.length).toBeGreaterThan(3);
});
