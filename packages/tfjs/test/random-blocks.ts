/** Random options of train-time blocks, and models that hold one. */
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { type RepBlockOptions, repBlock, repConv2D } from '../src/train/index.ts';
import { tf } from './tensorflow.ts';

export interface RandomBlock extends RepBlockOptions {
  readonly channels: number;
  readonly size: readonly [number | null, number | null];
}

export function randomBlock(random: () => number): RandomBlock {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const groups = pick([1, 1, 2, 3, 4]);
  const channels = groups * pick([1, 2]);
  const stays = random() < 0.6;
  const filters = stays ? channels : groups * pick([1, 2, 3]);
  const stride = stays ? pick([1, 1, 2]) : pick([1, 2, 3]);
  const mayKeep = stride === 1 && filters === channels;
  // The first covers the others, so that one kernel is never dearer than all.
  const largest = pick([1, 3, 5]);
  const smaller = [1, 3, 5].filter((size) => size <= largest);
  const others = Array.from({ length: pick([0, 1, 2]) }, () =>
    random() < 0.3 ? ([pick(smaller), pick(smaller)] as const) : pick(smaller),
  );
  return {
    channels,
    filters,
    kernels: [largest, ...others],
    stride,
    groups,
    norm: pick(['after', 'before'] as const),
    skip: mayKeep ? pick(['norm', 'identity', 'none'] as const) : 'none',
    useBias: random() < 0.3,
    activation: pick(['linear', 'relu', 'relu', 'tanh']),
    epsilon: pick([1e-3, 1e-5]),
    size: pick([
      [5, 6],
      [1, 4],
      [null, groups > 1 && groups < channels ? 6 : null],
    ] as const),
  };
}

/** A model of one block: of stock layers, or one RepConv2D. */
export function blockModel(block: RandomBlock, as: 'stock' | 'layer'): LayersModel {
  const { channels, size, ...options } = block;
  const x = tf.input({ shape: [...size, channels], name: 'image' });
  const named = { ...options, name: 'block' };
  const y = as === 'stock' ? repBlock(tf, named).apply(x) : repConv2D(tf, named).apply(x);
  return tf.model({ inputs: x, outputs: y as SymbolicTensor });
}

/** Loss and optimizer of a model that learns to give zeros; two steps on cpu. */
export async function trainTwoSteps(model: LayersModel, random: () => number): Promise<void> {
  model.compile({ optimizer: tf.train.sgd(0.05), loss: 'meanSquaredError' });
  const [batch, height, width, channels] = [4, ...model.inputs[0]!.shape.slice(1).map((size) => size ?? 5)];
  const values = Float32Array.from({ length: batch! * height! * width! * channels! }, () => random() * 2 - 1);
  const x = tf.tensor(values, [batch!, height!, width!, channels!]);
  const [first] = [model.predict(x)].flat();
  const y = tf.zeros(first!.shape);
  await model.fit(x, y, { epochs: 2, batchSize: batch!, verbose: 0 });
  tf.dispose([x, y, first!]);
}
