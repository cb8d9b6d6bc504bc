/** Layers with a kernel. */
import { tf } from '../tensorflow.ts';
import { activation, channels, type Maker, ranked, spatial } from './sketch.ts';

export const convolution: Maker = (sketch) => {
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

export const transposed: Maker = (sketch) => {
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

export const dense: Maker = (sketch) => {
  const value = sketch.value();
  if (!value) return false;
  const config = { name: sketch.name('dense'), units: sketch.int(1, 4), useBias: sketch.chance(0.5) };
  sketch.apply(tf.layers.dense({ ...config, activation: activation(sketch) as never }), value);
  return true;
};
