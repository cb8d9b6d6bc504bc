/** RepConv2D as a layer: gradients, statistics, files, and its ways to stock layers. */
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { expect, test } from 'vitest';
import { FormatError, reparameterize, reparameterizeArtifacts, seededRandom, UnsupportedError } from '../src/index.ts';
import { registerRepConv2D, repConv2D } from '../src/train/index.ts';
import { listOf, randomInputs, randomizeWeights, relativeDifference } from './compare.ts';
import { blockModel, randomBlock, trainTwoSteps } from './random-blocks.ts';
import { artifactsOf, loadLayers, tf } from './tensorflow.ts';

const options = { filters: 4, kernels: [3, 1], skip: 'norm', activation: 'relu' } as const;

function outputs(model: LayersModel, seed = 1) {
  return listOf(model.predict(randomInputs(model, seededRandom(seed), 6)) as never);
}

test('computes what the stock block computes, in inference and in training', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const block = randomBlock(seededRandom(200 + seed));
    const [stock, layer] = [blockModel(block, 'stock'), blockModel(block, 'layer')];
    randomizeWeights(stock, seededRandom(seed), false);
    const byName = new Map(stock.weights.map((weight, index) => [weight.originalName, stock.getWeights()[index]!]));
    layer.setWeights(layer.weights.map(({ originalName }) => byName.get(originalName)!));
    expect(relativeDifference(outputs(stock), outputs(layer)), `seed ${seed}`).toBe(0);
    await trainTwoSteps(stock, seededRandom(seed));
    await trainTwoSteps(layer, seededRandom(seed));
    const trained = new Map(stock.weights.map((weight, index) => [weight.originalName, stock.getWeights()[index]!]));
    layer.weights.forEach(({ originalName }, index) => {
      expect(relativeDifference([trained.get(originalName)!], [layer.getWeights()[index]!])).toBeLessThan(1e-6);
    });
  }
});

test('its gradients are those of finite differences, also in groups', () => {
  for (const groups of [1, 2, 4]) {
    const layer = repConv2D(tf, { ...options, groups, activation: 'tanh' });
    const x = tf.randomNormal([2, 4, 3, 4], 0, 1, 'float32', 5);
    const target = tf.randomNormal([2, 4, 3, 4], 0, 1, 'float32', 6);
    const loss = () =>
      tf.tidy(() => tf.mean(tf.squaredDifference(layer.apply(x, { training: true }) as typeof x, target)) as Scalar);
    loss();
    const variables = layer.trainableWeights.map((weight) => weight.read() as ReturnType<typeof tf.variable>);
    expect(variables.length).toBeGreaterThan(6);
    variables.forEach((variable, seed) => {
      variable.assign(tf.randomUniform(variable.shape, 0.3, 1, 'float32', seed + 1));
    });
    const { grads } = tf.variableGrads(loss, variables);
    for (const variable of variables) {
      const values = variable.dataSync().slice();
      const own = grads[variable.name]!.dataSync();
      for (const at of [0, values.length - 1, Math.floor(values.length / 2)]) {
        const moved = (by: number) => {
          const changed = values.slice();
          changed[at]! += by;
          variable.assign(tf.tensor(changed, variable.shape));
          return loss().dataSync()[0]!;
        };
        const numeric = (moved(3e-3) - moved(-3e-3)) / 6e-3;
        variable.assign(tf.tensor(values, variable.shape));
        expect(Math.abs(numeric - own[at]!), `${variable.name}[${at}]`).toBeLessThan(1e-3);
      }
    }
    tf.disposeVariables();
  }
});

test('training moves the statistics of the normalizations, and inference does not', () => {
  const layer = repConv2D(tf, options);
  const x = tf.randomNormal([3, 5, 5, 4], 2, 1, 'float32', 1);
  layer.apply(x);
  const means = () =>
    layer.nonTrainableWeights
      .filter(({ originalName }) => originalName.endsWith('mean'))
      .map((weight) => weight.read().dataSync()[0]);
  expect(means()).toEqual([0, 0, 0]);
  layer.apply(x, { training: true });
  expect(means()).not.toContain(0);
  layer.trainable = false;
  expect(layer.trainableWeights).toEqual([]);
  layer.trainable = true;
  expect(layer.trainableWeights).toHaveLength(8);
});

test('frees all of its weights, and leaves no tensors behind when it runs', () => {
  const before = tf.memory().numTensors;
  const x = tf.ones([1, 4, 4, 4]);
  const layer = repConv2D(tf, { ...options, groups: 2 });
  tf.dispose(layer.apply(x) as Tensor);
  const built = tf.memory().numTensors;
  tf.dispose(layer.apply(x) as Tensor);
  expect(tf.memory().numTensors).toBe(built);
  layer.dispose();
  tf.dispose(x);
  expect(tf.memory().numTensors).toBe(before);
});

/** A sequence, the same within another model, and a model that calls the layer twice. */
function sequence(): LayersModel {
  return tf.sequential({
    layers: [
      repConv2D(tf, { ...options, stride: 2, skip: 'none', inputShape: [6, 6, 3], name: 'first' }),
      repConv2D(tf, { ...options, groups: 2, name: 'second' }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 3, name: 'head' }),
    ],
  });
}

function nested(): LayersModel {
  const x = tf.input({ shape: [6, 6, 3], name: 'image' });
  const y = sequence().apply(x) as SymbolicTensor;
  return tf.model({ inputs: x, outputs: tf.layers.reLU().apply(y) as SymbolicTensor });
}

function within(): LayersModel {
  const inner = tf.sequential({ layers: [tf.layers.dense({ units: 4, inputShape: [6, 6, 3], name: 'point' })] });
  return tf.sequential({ layers: [inner, repConv2D(tf, { ...options, name: 'block' })] });
}

function shared(): LayersModel {
  const [a, b] = [tf.input({ shape: [6, 6, 4] }), tf.input({ shape: [6, 6, 4] })];
  const layer = repConv2D(tf, { ...options, name: 'twice' });
  const difference = tf.layers.concatenate().apply([layer.apply(b), layer.apply(a)] as SymbolicTensor[]);
  return tf.model({ inputs: [a, b], outputs: difference as SymbolicTensor });
}

const models = { sequence, nested, within, shared };

test.each(Object.entries(models))('a model is saved, loads, and loads anywhere once converted: %s', async (_, make) => {
  const model = make();
  randomizeWeights(model, seededRandom(4), false);
  const artifacts = await artifactsOf(model);
  const json = JSON.parse(JSON.stringify(artifacts.modelTopology));
  const loaded = await loadLayers({ ...artifacts, modelTopology: json });
  expect(relativeDifference(outputs(model), outputs(loaded))).toBe(0);
  const { artifacts: converted } = await reparameterizeArtifacts({ ...artifacts, modelTopology: json });
  expect(JSON.stringify(converted.modelTopology)).not.toContain('RepConv2D');
  const deploy = await loadLayers(converted);
  expect(deploy.inputNames).toEqual(model.inputNames);
  expect(deploy.outputNames).toEqual(model.outputNames);
  expect(relativeDifference(outputs(model), outputs(deploy))).toBeLessThan(1e-5);
  const again = await reparameterizeArtifacts(converted);
  expect(again.report.fusions).toEqual([]);
});

test('what calls a layer twice merges into one layer that is called twice', async () => {
  const { model, report } = await reparameterize(tf, shared());
  const block = model.getLayer('twice');
  expect(block.getClassName()).toBe('Conv2D');
  expect(block.inboundNodes).toHaveLength(2);
  expect(model.layers.map((layer) => layer.getClassName())).toEqual([
    'InputLayer',
    'InputLayer',
    'Conv2D',
    'Concatenate',
  ]);
  expect(report.after.operators).toBe(3);
});

test('reparameterize of the layer is what converting gives', async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const random = seededRandom(300 + seed);
    const block = randomBlock(random);
    const model = blockModel(block, 'layer');
    randomizeWeights(model, random, false);
    const layer = model.getLayer('block') as unknown as ReturnType<typeof repConv2D<unknown, LayersModel>>;
    const own = await layer.reparameterize();
    const { model: converted } = await reparameterize(tf, model);
    const classes = (of: LayersModel) => of.layers.map((each) => each.getClassName());
    expect(classes(own)).toEqual(classes(converted));
    const input = randomInputs(model, random, 6);
    const [a, b] = [own, converted].map((each) => listOf(each.predict(input) as never));
    expect(relativeDifference(a!, b!)).toBeLessThan(1e-6);
  }
  await expect(repConv2D(tf, options).reparameterize()).rejects.toThrow(UnsupportedError);
});

test('is one class for one TensorFlow.js', () => {
  expect(registerRepConv2D({ ...tf })).toBe(registerRepConv2D(tf));
  expect(repConv2D(tf, options)).toBeInstanceOf(tf.layers.Layer);
});

test('a damaged configuration is an error of the file', async () => {
  const artifacts = await artifactsOf(blockModel({ ...options, channels: 4, size: [4, 4] }, 'layer'));
  const damage = async (change: object) => {
    const topology = JSON.parse(JSON.stringify(artifacts.modelTopology));
    Object.assign(topology.config.layers[1].config, change);
    return await reparameterizeArtifacts({ ...artifacts, modelTopology: topology });
  };
  await expect(damage({ kernels: [[2, 2]] })).rejects.toThrow(FormatError);
  await expect(damage({ in_channels: null })).rejects.toThrow(/in_channels/);
  await expect(damage({ kernels: [3, 1, 1] })).rejects.toThrow(/branch_2_conv/);
});
