/** Train-time blocks: what they deploy as, before and after training. */
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { describe, expect, test } from 'vitest';
import { reparameterize, ShapeError, seededRandom } from '../src/index.ts';
import {
  acBlock,
  type Block,
  dbBlock,
  mobileOneBlock,
  repBlock,
  repConv2D,
  repMixerBlock,
  repVGGBlock,
} from '../src/train/index.ts';
import { listOf, randomInputs, randomizeWeights, relativeDifference } from './compare.ts';
import { blockModel, type RandomBlock, randomBlock, trainTwoSteps } from './random-blocks.ts';
import { tf } from './tensorflow.ts';

const ROUNDS = 120;

/** Counts of layers by class, inputs left out. */
function countLayers(model: LayersModel): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const layer of model.layers)
    if (layer.getClassName() !== 'InputLayer') counts[layer.getClassName()] = (counts[layer.getClassName()] ?? 0) + 1;
  return counts;
}

function differenceOf(before: LayersModel, after: LayersModel, random: () => number): number {
  const inputs = randomInputs(before, random, 5);
  const run = (model: LayersModel) => listOf(model.predict(inputs) as never);
  return relativeDifference(run(before), run(after));
}

/** One convolution, as of so few channels groups are dense; what only moves data beside it; no normalization and no sum. */
function expectOneConv(
  deploy: LayersModel,
  { groups = 1, channels, stride, kernels = [], activation }: RandomBlock,
): void {
  const { Conv2D = 0, DepthwiseConv2D = 0, ...rest } = countLayers(deploy);
  const isScale = groups === channels && stride === 1 && kernels.every((size) => [size].flat().every((n) => n === 1));
  if (isScale && rest.BatchNormalization === 1) return; // a factor for each channel
  expect(Conv2D + DepthwiseConv2D).toBe(1);
  const allowed = ['ZeroPadding2D', 'Activation'];
  const names = Object.keys(rest);
  expect(names.filter((name) => !allowed.includes(name))).toEqual([]);
  expect(names.filter((name) => name !== 'ZeroPadding2D')).toEqual(activation === 'tanh' ? ['Activation'] : []);
}

describe.each(['stock', 'layer'] as const)('a block as %s', (as) => {
  test('with any options is one convolution, equal with any weights', async () => {
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const random = seededRandom(seed);
      const block = randomBlock(random);
      const model = blockModel(block, as);
      randomizeWeights(model, random, false);
      const { model: deploy } = await reparameterize(tf, model);
      const about = `seed ${seed}: ${JSON.stringify(block)}`;
      expect(differenceOf(model, deploy, random), about).toBeLessThan(1e-5);
      try {
        expectOneConv(deploy, block);
      } catch (error) {
        throw new Error(`${about}: ${JSON.stringify(countLayers(deploy))}`, { cause: error });
      }
      tf.disposeVariables();
    }
  });

  test('is equal after two steps of training, which move weights and statistics', async () => {
    for (let seed = 1; seed <= 25; seed++) {
      const random = seededRandom(100 + seed);
      const block = randomBlock(random);
      const model = blockModel(block, as);
      const before = model.getWeights().map((weight) => weight.clone());
      await trainTwoSteps(model, random);
      const moved = model.getWeights().map((weight, index) => relativeDifference([before[index]!], [weight]) > 0);
      const isMoving = model.weights.map(({ originalName }) => /moving_mean|kernel/.test(originalName));
      expect(moved.filter((_, index) => isMoving[index])).not.toContain(false);
      const { model: deploy } = await reparameterize(tf, model);
      expect(differenceOf(model, deploy, random), `seed ${seed}`).toBeLessThan(1e-5);
      tf.disposeVariables();
    }
  });
});

describe('presets', () => {
  const cases: [string, Block, Record<string, number>][] = [
    ['repVGGBlock', repVGGBlock(tf, { filters: 4 }), { Conv2D: 1 }],
    ['repVGGBlock at stride 2', repVGGBlock(tf, { filters: 8, stride: 2 }), { ZeroPadding2D: 1, Conv2D: 1 }],
    ['mobileOneBlock', mobileOneBlock(tf, { filters: 6, branches: 3 }), { Conv2D: 1 }],
    ['mobileOneBlock, depthwise', mobileOneBlock(tf, { filters: 4, groups: 4, branches: 4 }), { DepthwiseConv2D: 1 }],
    ['mobileOneBlock, pointwise', mobileOneBlock(tf, { filters: 4, kernelSize: 1, branches: 2 }), { Conv2D: 1 }],
    ['repMixerBlock', repMixerBlock(tf, { kernelSize: 5, layerScale: 0.5 }), { DepthwiseConv2D: 1 }],
    ['repMixerBlock without scale', repMixerBlock(tf, { layerScale: null }), { DepthwiseConv2D: 1 }],
    ['acBlock', acBlock(tf, { filters: 5, activation: 'relu' }), { Conv2D: 1 }],
    ['dbBlock', dbBlock(tf, { filters: 5, activation: 'relu' }), { Conv2D: 1 }],
    ['dbBlock at stride 2', dbBlock(tf, { filters: 4, stride: 2, kernelSize: 5 }), { ZeroPadding2D: 1, Conv2D: 1 }],
    ['dbBlock, depthwise', dbBlock(tf, { filters: 4, groups: 4 }), { DepthwiseConv2D: 1 }],
    ['dbBlock in 2 groups', dbBlock(tf, { filters: 4, groups: 2 }), { Conv2D: 1 }],
  ];
  test.each(cases)('%s deploys as one convolution', async (_, block, expected) => {
    const random = seededRandom(7);
    const x = tf.input({ shape: [6, 7, 4] });
    const model = tf.model({ inputs: x, outputs: block.apply(x) });
    randomizeWeights(model, random, false);
    const { model: deploy } = await reparameterize(tf, model);
    expect(countLayers(deploy)).toEqual(expected);
    expect(differenceOf(model, deploy, random)).toBeLessThan(1e-5);
  });

  /** What is fastest on wasm: see bench/README.md. */
  test.each([
    { channels: 32, kernel: 3, groups: 8, parts: 1 },
    { channels: 64, kernel: 3, groups: 16, parts: 2 },
    { channels: 64, kernel: 1, groups: 4, parts: 1 },
    { channels: 128, kernel: 3, groups: 2, parts: 2 },
    { channels: 128, kernel: 3, groups: 32, parts: 4 },
  ])('$groups groups of $channels channels are $parts kernels of $kernel x $kernel', async (given) => {
    const { channels, kernel, groups, parts } = given;
    const random = seededRandom(5);
    const x = tf.input({ shape: [6, 5, channels] });
    const block = repBlock(tf, { filters: channels, kernels: [kernel, 1], groups, skip: 'norm' });
    const model = tf.model({ inputs: x, outputs: block.apply(x) });
    randomizeWeights(model, random, false);
    const { model: deploy } = await reparameterize(tf, model);
    const parted = parts === 1 ? {} : { Cropping2D: parts, Concatenate: 1 };
    expect(countLayers(deploy)).toEqual({ Conv2D: parts, ...parted });
    expect(differenceOf(model, deploy, random)).toBeLessThan(1e-5);
  });

  test('a RepMixer starts as the identity, and subtracts what a normalization gives', () => {
    const x = tf.input({ shape: [4, 4, 2] });
    const model = tf.model({ inputs: x, outputs: repMixerBlock(tf, { layerScale: 0 }).apply(x) });
    const [input] = randomInputs(model, seededRandom(3));
    expect(relativeDifference([input!], listOf(model.predict(input!) as never))).toBe(0);
    const gammas = model.layers.filter((layer) => layer.getClassName() === 'BatchNormalization');
    const starts = gammas.map((layer) => layer.getWeights()[0]!.dataSync()[0]);
    expect(starts).toEqual([1, 1, 1, -1]);
  });

  test('layers are named after the block', () => {
    const x = tf.input({ shape: [4, 4, 2] });
    const model = tf.model({ inputs: x, outputs: repVGGBlock(tf, { filters: 2, name: 'stage1' }).apply(x) });
    expect(model.outputNames).toEqual(['stage1']);
    expect(model.layers.map(({ name }) => name)).toContain('stage1/branch_0_conv');
  });
});

describe('what no block is', () => {
  const x = tf.input({ shape: [5, 5, 4] });
  const cases: [string, RandomBlockOptions, RegExp][] = [
    ['an even kernel', { kernels: [4] }, /kernel size 4, expected an odd number/],
    ['no kernel', { kernels: [] }, /no kernel size/],
    ['groups that do not divide', { groups: 3 }, /3 groups for 4 input and 4 output channels/],
    ['a skip at stride 2', { skip: 'norm', stride: 2 }, /skip connection at stride 2/],
    ['a skip between other channels', { skip: 'identity', filters: 8 }, /from 4 to 8 channels/],
    ['half a stride', { stride: 0.5 }, /stride 0.5/],
    ['an unknown place of the normalization', { norm: 'between' as never }, /norm "between"/],
  ];
  test.each(cases)('%s is refused', (_, options, message) => {
    expect(() => repBlock(tf, { filters: 4, ...options }).apply(x)).toThrow(message);
    expect(() => repConv2D(tf, { filters: 4, ...options }).apply(x)).toThrow(message);
    expect(() => repBlock(tf, { filters: 4, ...options }).apply(x)).toThrow(ShapeError);
  });

  test('a value without channels is refused', () => {
    const flat = tf.input({ shape: [5] });
    expect(() => repVGGBlock(tf, { filters: 4 }).apply(flat)).toThrow(/expected \[batch, height, width, channels\]/);
    const open = tf.input({ shape: [5, 5, null] }) as SymbolicTensor;
    expect(() => acBlock(tf, { filters: 4 }).apply(open)).toThrow(/known channels/);
    const wide = tf.input({ shape: [null, null, 4] });
    expect(() => repBlock(tf, { filters: 4, groups: 2 }).apply(wide)).toThrow(/open width/);
    expect(() => mobileOneBlock(tf, { filters: 4, branches: 0 })).toThrow(/0 branches/);
  });
});

type RandomBlockOptions = Partial<Parameters<typeof repBlock>[1]>;
