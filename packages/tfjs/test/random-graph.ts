/** Random Graph models: linear nodes and barriers, fused nodes, all paddings, channels that are split and joined. */
import type { io } from '@tensorflow/tfjs-core';
import { type AttributeValue, GraphBuilder } from './graph-builder.ts';

interface Known {
  readonly name: string;
  /** At the first of the sizes it is run at. */
  readonly dims: readonly number[];
}

class GraphSketch extends GraphBuilder {
  readonly values: Known[] = [];
  readonly random: () => number;

  constructor(random: () => number) {
    super();
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

  value(fits: (value: Known) => boolean = () => true): Known | undefined {
    const found = this.values.filter(fits);
    return found[Math.floor(found.length * this.random() ** 0.6)];
  }

  floats(shape: readonly number[], draw: () => number = () => this.random() * 2 - 1): string {
    const sparse = this.chance(0.15) ? 0.6 : 0;
    const count = shape.reduce((product, size) => product * size, 1);
    const values = Array.from({ length: count }, () => (this.random() < sparse ? 0 : draw()));
    const name = this.constant(shape, values);
    return this.chance(0.1) ? this.add('Identity', [name]) : name;
  }

  make(
    op: string,
    inputs: readonly string[],
    dims: readonly number[],
    attributes: Record<string, AttributeValue> = {},
  ) {
    const name = this.add(op, inputs, attributes);
    this.values.push({ name, dims });
    return name;
  }
}

type Maker = (sketch: GraphSketch) => boolean;

const rank4 = ({ dims }: Known) => dims.length === 4;
const channels = ({ dims }: Known) => dims.at(-1)!;

/** Output size and attributes of a random window over two axes. */
function window(sketch: GraphSketch, dims: readonly number[], dilates: boolean) {
  const kernel = [1, 2].map((axis) => sketch.int(1, Math.min(4, dims[axis]!)));
  const strided = sketch.chance(0.25);
  const stride = strided ? sketch.int(1, 2) : 1;
  const dilation = dilates && !strided && sketch.chance(0.2) ? 2 : 1;
  const reach = kernel.map((size) => dilation * (size - 1));
  const padding = sketch.pick(['SAME', 'SAME', 'VALID', 'EXPLICIT']);
  const pads = reach.map(() => (padding === 'EXPLICIT' ? [sketch.int(0, 2), sketch.int(0, 2)] : [0, 0]));
  const sizes = reach.map((span, axis) => {
    const size = dims[axis + 1]!;
    if (padding === 'SAME') return Math.ceil(size / stride);
    return Math.floor((size + pads[axis]![0]! + pads[axis]![1]! - span - 1) / stride) + 1;
  });
  const attributes: Record<string, AttributeValue> = {
    padding,
    strides: [1, stride, stride, 1],
    dilations: [1, dilation, dilation, 1],
    data_format: 'NHWC',
    ...(padding === 'EXPLICIT' && { explicit_paddings: [0, 0, ...pads.flat(), 0, 0] }),
  };
  return sizes.every((size) => size >= 1) ? { kernel, sizes, attributes } : null;
}

/** Attributes and constants of a fused form; none for a plain one. */
function fuse(sketch: GraphSketch, outputs: number) {
  if (sketch.chance(0.5)) return null;
  const bias = sketch.chance(0.8);
  const activation = sketch.pick(['', '', 'Relu', 'Relu6', 'Elu', 'Prelu', 'LeakyRelu']);
  const inputs = [
    ...(bias ? [sketch.floats([outputs])] : []),
    ...(activation === 'Prelu' ? [sketch.floats([outputs])] : []),
  ];
  const names = [bias ? 'BiasAdd' : 'NoOp', ...(activation === '' ? [] : [activation])];
  return { inputs, attributes: { fused_ops: names, num_args: inputs.length, leakyrelu_alpha: 0.3 } };
}

const convolution: Maker = (sketch) => {
  const value = sketch.value(rank4);
  const found = value && window(sketch, value.dims, true);
  if (!found) return false;
  const depthwise = sketch.chance(0.3);
  const multiplier = sketch.pick([1, 1, 2]);
  const own = channels(value);
  const outputs = depthwise ? own * multiplier : sketch.chance(0.6) ? own : sketch.int(1, 4);
  const filter = sketch.floats([...found.kernel, own, depthwise ? multiplier : outputs]);
  const fused = fuse(sketch, outputs);
  const [plain, form] = depthwise
    ? ['DepthwiseConv2dNative', 'FusedDepthwiseConv2dNative']
    : ['Conv2D', '_FusedConv2D'];
  const dims = [value.dims[0]!, ...found.sizes, outputs];
  const attributes = { ...found.attributes, ...fused?.attributes };
  sketch.make(fused ? form : plain, [value.name, filter, ...(fused?.inputs ?? [])], dims, attributes);
  return true;
};

const pooling: Maker = (sketch) => {
  const value = sketch.value(rank4);
  const found = value && window(sketch, value.dims, false);
  if (!found || found.attributes.padding === 'EXPLICIT') return false;
  const { dilations: _, ...attributes } = found.attributes;
  const op = sketch.pick(['AvgPool', 'AvgPool', 'MaxPool']);
  sketch.make(op, [value.name], [value.dims[0]!, ...found.sizes, channels(value)], {
    ...attributes,
    ksize: [1, ...found.kernel, 1],
  });
  return true;
};

const matrix: Maker = (sketch) => {
  const value = sketch.value();
  if (!value || value.dims.length === 1 || value.dims.length > 4) return false;
  const outputs = sketch.int(1, 4);
  const turned = sketch.chance(0.3);
  const shape = turned ? [outputs, channels(value)] : [channels(value), outputs];
  const dims = [...value.dims.slice(0, -1), outputs];
  if (value.dims.length > 2) {
    const ones = new Array<number>(value.dims.length - 2).fill(1);
    sketch.make('BatchMatMulV2', [value.name, sketch.floats([...ones, ...shape])], dims, {
      adj_x: false,
      adj_y: turned,
    });
    return true;
  }
  const fused = fuse(sketch, outputs);
  const attributes = { transpose_a: false, transpose_b: turned, ...fused?.attributes };
  sketch.make(
    fused ? '_FusedMatMul' : 'MatMul',
    [value.name, sketch.floats(shape), ...(fused?.inputs ?? [])],
    dims,
    attributes,
  );
  return true;
};

const normalization: Maker = (sketch) => {
  const value = sketch.value(rank4);
  if (!value) return false;
  const vector = (draw?: () => number) => sketch.floats([channels(value)], draw);
  const variance = sketch.constant(
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

const constantPair: Maker = (sketch) => {
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
  const other = sketch.constant(
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

const merge: Maker = (sketch) => {
  const value = sketch.value();
  if (!value) return false;
  const other = sketch.pick(sketch.values.filter(({ dims }) => dims.join() === value.dims.join()));
  const op = sketch.pick(['AddV2', 'AddV2', 'Add', 'Sub', 'Mul', 'Maximum', 'AddN']);
  const inputs = op === 'AddN' ? [value.name, other.name, value.name] : [value.name, other.name];
  sketch.make(op, inputs, value.dims, op === 'AddN' ? { N: 3 } : {});
  return true;
};

const concat: Maker = (sketch) => {
  const value = sketch.value((each) => channels(each) <= 6);
  if (!value) return false;
  const start = value.dims.slice(0, -1).join();
  const fits = sketch.values.filter((each) => each.dims.slice(0, -1).join() === start && channels(each) <= 6);
  const parts = [value, ...Array.from({ length: sketch.int(1, 2) }, () => sketch.pick(fits))];
  const axis = sketch.list([sketch.chance(0.5) ? -1 : value.dims.length - 1], []);
  const total = parts.reduce((sum, part) => sum + channels(part), 0);
  sketch.make('ConcatV2', [...parts.map(({ name }) => name), axis], [...value.dims.slice(0, -1), total], {
    N: parts.length,
  });
  return true;
};

const split: Maker = (sketch) => {
  const value = sketch.value((each) => channels(each) >= 2);
  if (!value) return false;
  const count = channels(value) % 2 === 0 && sketch.chance(0.6) ? 2 : channels(value);
  const axis = sketch.list([value.dims.length - 1], []);
  const dims = [...value.dims.slice(0, -1), channels(value) / count];
  const name = sketch.add('Split', [axis, value.name], { num_split: count });
  for (let part = 0; part < count; part++) sketch.values.push({ name: part === 0 ? name : `${name}:${part}`, dims });
  return true;
};

const slice: Maker = (sketch) => {
  const value = sketch.value((each) => each.dims.length === 4 && channels(each) >= 2);
  if (!value) return false;
  const start = sketch.int(0, channels(value) - 1);
  const count = sketch.int(1, channels(value) - start);
  const crop = [1, 2].map((axis) => (value.dims[axis]! > 3 && sketch.chance(0.3) ? 1 : 0));
  if (sketch.chance(0.5)) {
    const begin = sketch.list([0, crop[0]!, crop[1]!, start]);
    const size = sketch.list([-1, -1, -1, count]);
    sketch.make(
      'Slice',
      [value.name, begin, size],
      [value.dims[0]!, value.dims[1]! - crop[0]!, value.dims[2]! - crop[1]!, count],
    );
    return true;
  }
  const masks = { begin_mask: 1, end_mask: 1, ellipsis_mask: 0, new_axis_mask: 0, shrink_axis_mask: 0 };
  const end = crop.map((size) => -size);
  const lists = [
    [0, 0, 0, start],
    [0, ...end, start + count],
    [1, 1, 1, 1],
  ].map((list) => sketch.list(list));
  const toEnd = end.reduce((mask, size, axis) => (size === 0 ? mask | (2 << axis) : mask), 1);
  sketch.make(
    'StridedSlice',
    [value.name, ...lists],
    [value.dims[0]!, value.dims[1]! - crop[0]!, value.dims[2]! - crop[1]!, count],
    { ...masks, end_mask: toEnd },
  );
  return true;
};

const pad: Maker = (sketch) => {
  const value = sketch.value(rank4);
  if (!value || value.dims[1]! > 9) return false;
  const sides = [
    0,
    0,
    sketch.int(0, 2),
    sketch.int(0, 1),
    sketch.int(0, 1),
    sketch.int(0, 2),
    0,
    sketch.chance(0.1) ? 1 : 0,
  ];
  const dims = value.dims.map((size, axis) => size + sides[2 * axis]! + sides[2 * axis + 1]!);
  const paddings = sketch.list(sides, [4, 2]);
  if (sketch.chance(0.6)) sketch.make('Pad', [value.name, paddings], dims, {});
  else sketch.make('PadV2', [value.name, paddings, sketch.constant([], [sketch.pick([0, 0, 1])])], dims, {});
  return true;
};

const plain: Maker = (sketch) => {
  const value = sketch.value();
  if (!value) return false;
  const op = sketch.pick(['Relu', 'Relu', 'Relu6', 'Identity', 'Identity', 'Neg', 'Sigmoid', 'LeakyRelu']);
  sketch.make(op, [value.name], value.dims, op === 'LeakyRelu' ? { alpha: { f: sketch.pick([1, 0.2]) } } : {});
  return true;
};

/** A clip as converters write it: a bound above and one below, in either order. */
const clip: Maker = (sketch) => {
  const value = sketch.value();
  if (!value) return false;
  const bound = (size: number) => sketch.constant(sketch.chance(0.9) ? [] : [1], [size]);
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

/** Axes taken apart, put together, reordered, or averaged over. */
const movement: Maker = (sketch) => {
  const value = sketch.value();
  if (!value) return false;
  const { dims, name } = value;
  const kind = sketch.pick(['mean', 'mean', 'transpose', 'regroup', 'regroup', 'squeeze', 'expand']);
  if (kind === 'mean') {
    const spatial = dims.map((_, axis) => axis).slice(1, -1);
    const axes = sketch.chance(0.7) ? spatial : dims.map((_, axis) => axis).filter(() => sketch.chance(0.4));
    const keep = sketch.chance(0.4) || dims.length - axes.length < 2;
    if (axes.length === 0 || (axes.includes(0) && !keep)) return false;
    const listed = axes.map((axis) => (sketch.chance(0.2) ? axis - dims.length : axis));
    const left = dims.flatMap((size, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [size]));
    sketch.make('Mean', [name, sketch.list(listed)], left, { keep_dims: keep });
  } else if (kind === 'transpose') {
    const order = dims.map((_, axis) => axis);
    for (let at = order.length - 1; at > 1; at--) {
      const other = sketch.int(1, at);
      [order[at], order[other]] = [order[other]!, order[at]!];
    }
    sketch.make(
      'Transpose',
      [name, sketch.list(order)],
      order.map((axis) => dims[axis]!),
    );
  } else if (kind === 'squeeze') {
    const gone = dims.flatMap((size, axis) => (axis > 0 && size === 1 ? [axis] : []));
    if (gone.length === 0 || dims.length - gone.length < 2) return false;
    sketch.make(
      'Squeeze',
      [name],
      dims.filter((_, axis) => !gone.includes(axis)),
      { squeeze_dims: gone },
    );
  } else if (kind === 'expand') {
    if (dims.length > 4) return false;
    const axis = sketch.int(1, dims.length);
    sketch.make('ExpandDims', [name, sketch.list([axis], [])], [...dims.slice(0, axis), 1, ...dims.slice(axis)]);
  } else {
    const target = regrouped(sketch, dims.slice(1));
    sketch.make('Reshape', [name, sketch.list([-1, ...target])], [dims[0]!, ...target]);
  }
  return true;
};

/** The same number of elements on other axes: neighbours joined, axes split, ones put in. */
function regrouped(sketch: GraphSketch, sizes: readonly number[]): number[] {
  const target = [...sizes];
  for (let change = sketch.int(1, 3); change > 0; change--) {
    const at = sketch.int(0, target.length - 1);
    const kind = sketch.int(0, 2);
    const parts = [2, 3, 4].filter((part) => target[at]! % part === 0 && target[at]! > part);
    if (kind === 0 && target.length > 1) {
      const start = Math.min(at, target.length - 2);
      target.splice(start, 2, target[start]! * target[start + 1]!);
    } else if (kind === 1 && parts.length > 0 && target.length < 4) {
      const part = sketch.pick(parts);
      target.splice(at, 1, ...(sketch.chance(0.5) ? [part, target[at]! / part] : [target[at]! / part, part]));
    } else if (target.length < 4) target.splice(at, 0, 1);
  }
  return target;
}

/** A node that another must wait for. */
const awaited: Maker = (sketch) => {
  const [value, other] = [sketch.value(), sketch.value()];
  if (!value || !other) return false;
  sketch.make('Identity', [value.name, `^${other.name.split(':')[0]}`], value.dims);
  return true;
};

const MAKERS: readonly Maker[] = [
  ...[convolution, convolution, convolution, convolution, normalization, normalization, constantPair, constantPair],
  ...[merge, merge, merge, concat, split, slice, pad, plain, plain, clip, matrix, matrix, pooling, awaited],
  ...[movement, movement, movement],
];

export interface RandomGraph {
  readonly artifacts: io.ModelArtifacts;
  readonly input: string;
  readonly outputs: readonly string[];
  readonly dims: readonly number[];
  /** Axes whose size the model leaves open. */
  readonly open: readonly boolean[];
}

export function randomGraph(random: () => number): RandomGraph {
  const sketch = new GraphSketch(random);
  const rank = sketch.pick([4, 4, 4, 4, 2, 3]);
  const dims = Array.from({ length: rank }, (_, axis) => (axis === 0 ? 2 : sketch.int(1, axis === rank - 1 ? 4 : 8)));
  const free = sketch.chance(0.3);
  const open = dims.map((_, axis) => axis === 0 || (free && axis < rank - 1));
  const input = sketch.input(dims.map((size, axis) => (open[axis] ? -1 : size)));
  sketch.values.push({ name: input, dims });
  const wanted = sketch.int(2, sketch.chance(0.1) ? 22 : 10);
  for (let made = 0, tries = 0; made < wanted && tries < 200; tries++) if (sketch.pick(MAKERS)(sketch)) made++;
  const read = new Set(
    sketch.nodes.flatMap((node) => (node as { input?: string[] }).input ?? []).map((name) => name.replace(/^\^/, '')),
  );
  const made = sketch.values.filter(({ name }) => name !== input && !name.includes(':'));
  const outputs = made.filter(({ name }) => !read.has(name) || sketch.chance(0.1)).map(({ name }) => name);
  const signed = sketch.chance(0.5) && outputs.length > 0;
  return { artifacts: sketch.build([input], signed ? outputs : []), input, outputs, dims, open };
}
