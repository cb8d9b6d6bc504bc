/** Normalizations, merges, activations, paddings and poolings. */
import { tf } from '../tensorflow.ts';
import { channels, type Maker, ranked, spatial } from './sketch.ts';

export const normalization: Maker = (sketch) => {
  const value = sketch.value(ranked(2, 3, 4));
  if (!value) return false;
  const config = { name: sketch.name('bn'), scale: sketch.chance(0.8), center: sketch.chance(0.8) };
  const axis = sketch.chance(0.5) ? {} : { axis: value.shape.length - 1 };
  sketch.apply(tf.layers.batchNormalization({ ...config, ...axis }), value);
  return true;
};

export const merge: Maker = (sketch) => {
  const value = sketch.value();
  if (!value) return false;
  const same = sketch.values.filter(({ shape }) => shape.join() === value.shape.join());
  const others = Array.from({ length: sketch.int(1, 2) }, () => sketch.pick(same));
  const make = sketch.pick([tf.layers.add, tf.layers.add, tf.layers.average, tf.layers.multiply, tf.layers.maximum]);
  sketch.apply(make({ name: sketch.name('merge') }), [value, ...others]);
  return true;
};

export const broadcast: Maker = (sketch) => {
  const value = sketch.value(ranked(4));
  const other = sketch.value((each) => each.shape.length === 4 && each.shape.slice(1, 3).every((size) => size === 1));
  if (!value || !other || channels(value) !== channels(other)) return false;
  sketch.apply(tf.layers.add({ name: sketch.name('merge') }), [value, other]);
  return true;
};

export const concatenate: Maker = (sketch) => {
  const value = sketch.value();
  if (!value || channels(value) > 6) return false;
  const fits = sketch.values.filter(
    ({ shape }) => shape.slice(0, -1).join() === value.shape.slice(0, -1).join() && (shape.at(-1) as number) <= 6,
  );
  const others = Array.from({ length: sketch.int(1, 2) }, () => sketch.pick(fits));
  sketch.apply(tf.layers.concatenate({ name: sketch.name('concat') }), [value, ...others]);
  return true;
};

export const plain: Maker = (sketch) => {
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

export const window: Maker = (sketch) => {
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
