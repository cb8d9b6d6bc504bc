/** Random Layers models: linear layers and barriers, branches that meet, shared and nested layers, activations, all paddings. */
import type { layers as Layers, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { tf } from './tensorflow.ts';

type Tensor = SymbolicTensor;

/** Draws numbers and layers. */
export class LayersSketch {
  readonly values: Tensor[] = [];
  readonly random: () => number;
  private names = 0;

  constructor(random: () => number) {
    this.random = random;
  }

  int(low: number, high: number): number {
    return low + Math.floor(this.random() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.int(0, items.length - 1)]!;
  }

  /** A value, later ones more often. */
  value(fits: (value: Tensor) => boolean = () => true): Tensor | undefined {
    const found = this.values.filter(fits);
    return found[Math.floor(found.length * this.random() ** 0.6)];
  }

  name(role: string): string {
    return `${role}_${this.names++}`;
  }

  apply(layer: Layers.Layer, inputs: Tensor | Tensor[]): Tensor {
    const output = layer.apply(inputs) as Tensor;
    this.values.push(output);
    return output;
  }
}

type Maker = (sketch: LayersSketch) => boolean;

const ranked =
  (...ranks: number[]) =>
  (value: Tensor) =>
    ranks.includes(value.shape.length);
const spatial = ({ shape }: Tensor) => shape.slice(1, -1) as number[];
const channels = ({ shape }: Tensor) => shape.at(-1) as number;

function activation(sketch: LayersSketch) {
  return sketch.chance(0.8) ? 'linear' : sketch.pick(['linear', 'relu', 'elu', 'relu6', 'sigmoid'] as const);
}

const convolution: Maker = (sketch) => {
  const value = sketch.value(ranked(3, 4, 5));
  if (!value) return false;
  const sizes = spatial(value);
  const kernelSize = sizes.map((size) => sketch.int(1, size === null ? 3 : Math.min(4, size)));
  const strided = sketch.chance(0.25);
  const strides = sizes.map(() => (strided ? sketch.int(1, 2) : 1));
  if (sizes.length === 2 && sketch.chance(0.5)) strides[1] = strides[0]!;
  const fitsDilation = !strided && sketch.chance(0.2);
  const dilationRate = sizes.map((size, axis) =>
    fitsDilation && (size === null || kernelSize[axis]! * 2 - 1 <= size) ? 2 : 1,
  );
  const common = {
    name: sketch.name('conv'),
    strides: strides as never,
    padding: sketch.pick(['same', 'same', 'valid'] as const),
    useBias: sketch.chance(0.5),
    activation: activation(sketch),
  };
  const filters = sketch.chance(0.6) ? channels(value) : sketch.int(1, 4);
  const config = { ...common, kernelSize: kernelSize as never, filters, dilationRate: dilationRate as never };
  if (sizes.length === 1) sketch.apply(tf.layers.conv1d(config), value);
  else if (sizes.length === 3) sketch.apply(tf.layers.conv3d({ ...config, dilationRate: 1 }), value);
  else if (sketch.chance(0.25)) {
    const depthMultiplier = sketch.pick([1, 1, 2]);
    sketch.apply(tf.layers.depthwiseConv2d({ ...common, kernelSize: kernelSize as never, depthMultiplier }), value);
  } else if (sketch.chance(0.2)) {
    sketch.apply(tf.layers.separableConv2d(config), value);
  } else sketch.apply(tf.layers.conv2d(config), value);
  return true;
};

const transposed: Maker = (sketch) => {
  const value = sketch.value(ranked(4));
  if (!value || spatial(value).some((size) => size === null || size > 6)) return false;
  const config = {
    name: sketch.name('deconv'),
    filters: sketch.int(1, 4),
    kernelSize: [sketch.int(1, 3), sketch.int(1, 3)] as [number, number],
    strides: sketch.pick([1, 1, 2]),
    padding: sketch.pick(['same', 'valid'] as const),
    useBias: sketch.chance(0.5),
  };
  sketch.apply(tf.layers.conv2dTranspose(config), value);
  return true;
};

const dense: Maker = (sketch) => {
  const value = sketch.value();
  if (!value) return false;
  const config = { name: sketch.name('dense'), units: sketch.int(1, 4), useBias: sketch.chance(0.5) };
  sketch.apply(tf.layers.dense({ ...config, activation: activation(sketch) as never }), value);
  return true;
};

const normalization: Maker = (sketch) => {
  const value = sketch.value(ranked(2, 3, 4));
  if (!value) return false;
  const config = { name: sketch.name('bn'), scale: sketch.chance(0.8), center: sketch.chance(0.8) };
  const axis = sketch.chance(0.5) ? {} : { axis: value.shape.length - 1 };
  sketch.apply(tf.layers.batchNormalization({ ...config, ...axis }), value);
  return true;
};

const merge: Maker = (sketch) => {
  const value = sketch.value();
  if (!value) return false;
  const same = sketch.values.filter(({ shape }) => shape.join() === value.shape.join());
  const others = Array.from({ length: sketch.int(1, 2) }, () => sketch.pick(same));
  const make = sketch.pick([tf.layers.add, tf.layers.add, tf.layers.average, tf.layers.multiply, tf.layers.maximum]);
  sketch.apply(make({ name: sketch.name('merge') }), [value, ...others]);
  return true;
};

const broadcast: Maker = (sketch) => {
  const value = sketch.value(ranked(4));
  const other = sketch.value((each) => each.shape.length === 4 && each.shape.slice(1, 3).every((size) => size === 1));
  if (!value || !other || channels(value) !== channels(other)) return false;
  sketch.apply(tf.layers.add({ name: sketch.name('merge') }), [value, other]);
  return true;
};

const concatenate: Maker = (sketch) => {
  const value = sketch.value();
  if (!value || channels(value) > 6) return false;
  const fits = sketch.values.filter(
    ({ shape }) => shape.slice(0, -1).join() === value.shape.slice(0, -1).join() && (shape.at(-1) as number) <= 6,
  );
  const others = Array.from({ length: sketch.int(1, 2) }, () => sketch.pick(fits));
  sketch.apply(tf.layers.concatenate({ name: sketch.name('concat') }), [value, ...others]);
  return true;
};

const plain: Maker = (sketch) => {
  const value = sketch.value();
  if (!value) return false;
  const layer = sketch.pick([
    () => tf.layers.dropout({ name: sketch.name('drop'), rate: 0.5 }),
    () => tf.layers.gaussianNoise({ name: sketch.name('noise'), stddev: 0.5 }),
    () => tf.layers.activation({ name: sketch.name('act'), activation: 'linear' }),
    () => tf.layers.leakyReLU({ name: sketch.name('leaky'), alpha: sketch.pick([1, 0.2]) }),
    () =>
      tf.layers.activation({ name: sketch.name('act'), activation: sketch.pick(['relu', 'tanh', 'relu6'] as const) }),
    () => tf.layers.reLU({ name: sketch.name('relu'), ...(sketch.chance(0.3) && { maxValue: 1 }) }),
  ]);
  sketch.apply(layer(), value);
  if (sketch.chance(0.05)) sketch.apply(layer(), value);
  return true;
};

const window: Maker = (sketch) => {
  const value = sketch.value(ranked(4));
  if (!value || spatial(value).some((size) => size === null || size < 3 || size > 9)) return false;
  const side = (): [number, number] => [sketch.int(0, 1), sketch.int(0, 1)];
  const name = sketch.name('window');
  const kind = sketch.pick(['pad', 'pad', 'crop', 'average', 'average', 'max']);
  if (kind === 'pad') sketch.apply(tf.layers.zeroPadding2d({ name, padding: [side(), side()] }), value);
  else if (kind === 'crop') sketch.apply(tf.layers.cropping2D({ name, cropping: [side(), side()] }), value);
  else {
    const padding = sketch.pick(['valid', 'valid', 'same'] as const);
    const config = {
      name,
      poolSize: [sketch.int(1, 3), sketch.int(1, 3)] as [number, number],
      strides: sketch.int(1, 2),
      padding,
    };
    sketch.apply(kind === 'max' ? tf.layers.maxPooling2d(config) : tf.layers.averagePooling2d(config), value);
  }
  return true;
};

/** Axes taken apart, put together, reordered, or averaged over. */
const movement: Maker = (sketch) => {
  const value = sketch.value(ranked(2, 3, 4, 5));
  if (!value) return false;
  const sizes = value.shape.slice(1) as (number | null)[];
  const rank = value.shape.length;
  const name = sketch.name('move');
  const kinds = ['pool', 'pool', 'flatten', 'flatten', 'permute', 'reshape', 'reshape'] as const;
  const kind = sketch.pick(kinds);
  if (kind === 'pool') {
    if (rank !== 3 && rank !== 4) return false;
    sketch.apply(
      rank === 3
        ? tf.layers.globalAveragePooling1d({ name })
        : tf.layers.globalAveragePooling2d({ name, dataFormat: 'channelsLast' }),
      value,
    );
    return true;
  }
  if (kind === 'permute') {
    const dims = sizes.map((_, axis) => axis + 1);
    for (let at = dims.length - 1; at > 0; at--) {
      const other = sketch.int(0, at);
      [dims[at], dims[other]] = [dims[other]!, dims[at]!];
    }
    if (rank > 4 || sizes[dims.at(-1)! - 1] === null) return false;
    sketch.apply(tf.layers.permute({ name, dims }), value);
    return true;
  }
  if (sizes.some((size) => size === null)) return false;
  if (kind === 'flatten' && rank > 2) sketch.apply(tf.layers.flatten({ name }), value);
  else sketch.apply(tf.layers.reshape({ name, targetShape: regrouped(sketch, sizes as number[]) }), value);
  return true;
};

/** The same number of elements on other axes: neighbours joined, axes split, ones put in; at times one is left to follow from the others. */
function regrouped(sketch: LayersSketch, sizes: readonly number[]): number[] {
  const target = [...sizes];
  for (let change = sketch.int(1, 2); change > 0; change--) {
    const at = sketch.int(0, target.length - 1);
    const kind = sketch.int(0, 2);
    if (kind === 0 && target.length > 1) target.splice(Math.min(at, target.length - 2), 2, joined(target, at));
    else if (kind === 1 && target.length < 4) {
      const parts = [2, 3, 4].filter((part) => target[at]! % part === 0 && target[at]! > part);
      if (parts.length > 0) {
        const part = sketch.pick(parts);
        target.splice(at, 1, ...(sketch.chance(0.5) ? [part, target[at]! / part] : [target[at]! / part, part]));
      }
    } else if (target.length < 4) target.splice(at, 0, 1);
  }
  if (sketch.chance(0.3) && target.length > 1) target[sketch.int(0, target.length - 2)] = -1; // TensorFlow.js takes it for unknown
  return target;
}

function joined(target: readonly number[], at: number): number {
  const start = Math.min(at, target.length - 2);
  return target[start]! * target[start + 1]!;
}

/** A layer that is called twice. */
const shared: Maker = (sketch) => {
  const value = sketch.value(ranked(4));
  if (!value) return false;
  const name = sketch.name('shared');
  const layer = sketch.chance(0.5)
    ? tf.layers.conv2d({ name, filters: channels(value), kernelSize: 1, useBias: sketch.chance(0.5) })
    : tf.layers.activation({ name, activation: sketch.pick(['linear', 'relu'] as const) });
  sketch.apply(layer, value);
  sketch.apply(layer, sketch.pick(sketch.values.filter(({ shape }) => shape.join() === value.shape.join())));
  return true;
};

const nested: Maker = (sketch) => {
  const value = sketch.value(ranked(4, 2));
  if (!value || value.shape.slice(1).some((size) => size === null)) return false;
  const inner = randomModel(sketch.random, value.shape.slice(1) as number[], sketch.name('inner'), 3);
  const outputs = inner.apply(value) as Tensor | Tensor[];
  sketch.values.push(...(Array.isArray(outputs) ? outputs : [outputs]));
  return true;
};

const MAKERS: readonly Maker[] = [
  ...[convolution, convolution, convolution, convolution, normalization, normalization, normalization],
  ...[
    merge,
    merge,
    merge,
    concatenate,
    plain,
    plain,
    window,
    dense,
    dense,
    transposed,
    shared,
    broadcast,
    nested,
    movement,
    movement,
  ],
];

/** A functional model of about `count` layers. Names start with `prefix`, so that nested models do not clash. */
export function randomModel(random: () => number, shape: readonly (number | null)[], prefix = 'm', count = 0) {
  const sketch = new LayersSketch(random);
  const name = sketch.name.bind(sketch);
  sketch.name = (role) => `${prefix}_${name(role)}`;
  const input = tf.input({ shape: shape as number[], name: `${prefix}_input` });
  sketch.values.push(input);
  const inputs = [input];
  if (count === 0 && sketch.chance(0.2)) {
    inputs.push(tf.input({ shape: shape as number[], name: `${prefix}_second` }));
    sketch.values.push(inputs[1]!);
  }
  const wanted = count || sketch.int(2, sketch.chance(0.1) ? 20 : 9);
  for (let made = 0, tries = 0; made < wanted && tries < 100; tries++) {
    try {
      if (sketch.pick(count ? MAKERS.filter((maker) => maker !== nested) : MAKERS)(sketch)) made++;
    } catch (error) {
      if (!(error instanceof Error) || !/negative|Negative|shape|dimension|broadcast|matching/.test(error.message))
        throw error;
    }
  }
  const read = new Set(
    sketch.values.flatMap(({ sourceLayer, nodeIndex }) => sourceLayer.inboundNodes[nodeIndex]!.inputTensors),
  );
  const outputs = sketch.values.filter((value) => !inputs.includes(value) && (!read.has(value) || sketch.chance(0.1)));
  return tf.model({ inputs, outputs: outputs.length > 0 ? outputs : [sketch.values.at(-1)!], name: prefix });
}
