/** Nodes that compute element by element: normalizations, constants, sums, activations. */
import { channels, type Maker, rank4 } from './sketch.ts';

export const normalization: Maker = (sketch) => {
  const value = sketch.value(rank4);
  if (!value) return false;
  const vector = (draw?: () => number) => sketch.floats([channels(value)], draw);
  const variance = sketch.graph.constant(
    [channels(value)],
    Array.from({ length: channels(value) }, () => 0.3 + sketch.random()),
  );
  const inputs = [value.name, vector(), vector(), vector(), variance];
  sketch.make(sketch.pick(['FusedBatchNorm', 'FusedBatchNormV3']), inputs, value.dims, {
    epsilon: 0.001,
    is_training: false,
    data_format: 'NHWC',
  });
  return true;
};

export const constantPair: Maker = (sketch) => {
  const value = sketch.value();
  if (!value) return false;
  const ranks = [
    [channels(value)],
    [],
    [1],
    [1, channels(value)],
    value.dims.length === 4 ? [1, 1, 1, channels(value)] : [],
  ];
  const shape = sketch.chance(0.1) ? value.dims.slice(1) : sketch.pick(ranks);
  const op = sketch.pick(['Add', 'AddV2', 'Sub', 'Mul', 'Mul', 'RealDiv', 'BiasAdd']);
  const other = sketch.graph.constant(
    op === 'BiasAdd' ? [channels(value)] : shape,
    Array.from(
      { length: (op === 'BiasAdd' ? [channels(value)] : shape).reduce((a, b) => a * b, 1) },
      () => 0.5 + sketch.random(),
    ),
  );
  const swapped = op !== 'BiasAdd' && sketch.chance(0.3);
  sketch.make(op, swapped ? [other, value.name] : [value.name, other], value.dims);
  return true;
};

export const merge: Maker = (sketch) => {
  const value = sketch.value();
  if (!value) return false;
  const other = sketch.pick(sketch.values.filter(({ dims }) => dims.join() === value.dims.join()));
  const op = sketch.pick(['AddV2', 'AddV2', 'Add', 'Sub', 'Mul', 'Maximum', 'AddN']);
  const inputs = op === 'AddN' ? [value.name, other.name, value.name] : [value.name, other.name];
  sketch.make(op, inputs, value.dims, op === 'AddN' ? { N: 3 } : {});
  return true;
};

export const plain: Maker = (sketch) => {
  const value = sketch.value();
  if (!value) return false;
  const op = sketch.pick(['Relu', 'Relu', 'Relu6', 'Identity', 'Identity', 'Neg', 'Sigmoid', 'LeakyRelu']);
  sketch.make(op, [value.name], value.dims, op === 'LeakyRelu' ? { alpha: { f: sketch.pick([1, 0.2]) } } : {});
  return true;
};

/** A clip as converters write it: a bound above and one below, in either order. */
export const clip: Maker = (sketch) => {
  const value = sketch.value();
  if (!value) return false;
  const bound = (size: number) => sketch.graph.constant(sketch.chance(0.9) ? [] : [1], [size]);
  let { name } = value;
  for (const op of sketch.pick([
    ['Relu', 'Minimum', 'Maximum'],
    ['Maximum', 'Minimum'],
    ['Relu6', 'Relu'],
    ['Relu', 'Minimum'],
  ])) {
    const plain = op.startsWith('Relu');
    name = sketch.make(op, plain ? [name] : [name, bound(op === 'Minimum' ? sketch.pick([6, 6, 1]) : 0)], value.dims);
  }
  return true;
};
