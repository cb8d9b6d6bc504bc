/** Output shapes of layers. */
import { floorDivide, outputSize, type Size, sameSize } from '@reparam/core';
import type { Shape } from '../convert/model-view.ts';
import { paddedAxis } from '../convert/windows.ts';
import { numberList } from '../json.ts';
import { axisList, type CallContext, channelsOf, fitsLayout, shapeWith, spatialOf } from './call-context.ts';
import { croppingOf, zeroPaddingOf } from './padding.ts';

type ShapeRule = (context: CallContext, shape: Shape) => Shape | null;

const same: ShapeRule = (_, shape) => shape;

/** Layers whose output has the shape of their input. */
const SAME = [
  'Activation',
  'AlphaDropout',
  'BatchNormalization',
  'Dropout',
  'ELU',
  'GaussianDropout',
  'GaussianNoise',
  'LayerNormalization',
  'LeakyReLU',
  'Masking',
  'PReLU',
  'ReLU',
  'Rescaling',
  'Softmax',
  'SpatialDropout1D',
  'SpatialDropout2D',
  'ThresholdedReLU',
];

/** Output size of one window; null where it depends on a size that is not known. */
function windowSize(size: Size, kernel: number, stride: number, dilation: number, padding: string): Size | null {
  if (padding === 'same' || padding === 'causal') return floorDivide(size, stride - 1, stride);
  const axis = paddedAxis('valid', { kernel, stride, dilation }, size, 2);
  return axis && outputSize(axis, size);
}

function windows(
  context: CallContext,
  shape: Shape,
  rank: number,
  kernelKey: string,
  channels: Size | undefined,
): Shape | null {
  const { config, layout } = context;
  const kernel = axisList(config, kernelKey, rank, 2);
  const stride = config.strides == null && kernelKey === 'pool_size' ? kernel : axisList(config, 'strides', rank, 1);
  const ignoresDilation = context.className === 'DepthwiseConv2D';
  const dilation = ignoresDilation ? new Array<number>(rank).fill(1) : axisList(config, 'dilation_rate', rank, 1);
  if (!kernel || !stride || !dilation || shape.length !== rank + 2 || channels === undefined) return null;
  if (rank > 1 && !fitsLayout(context)) return null;
  if (rank === 1 && layout === 'first') return null;
  const padding = typeof config.padding === 'string' ? config.padding : 'valid';
  const sizes = spatialOf(shape, layout).map((size, axis) =>
    windowSize(size, kernel[axis]!, stride[axis]!, dilation[axis]!, padding),
  );
  return sizes.every((size) => size !== null) ? shapeWith(shape, layout, sizes, channels) : null;
}

function convolution(rank: number): ShapeRule {
  return (context, shape) => {
    const { filters } = context.config;
    return windows(context, shape, rank, 'kernel_size', typeof filters === 'number' ? filters : undefined);
  };
}

function pooling(rank: number): ShapeRule {
  return (context, shape) => windows(context, shape, rank, 'pool_size', channelsOf(shape, context.layout));
}

const depthwise: ShapeRule = (context, shape) => {
  const channels = channelsOf(shape, context.layout);
  const multiplier = context.config.depth_multiplier ?? 1;
  if (typeof channels !== 'number' || typeof multiplier !== 'number') return null;
  return windows(context, shape, 2, 'kernel_size', channels * multiplier);
};

function transposed(rank: number): ShapeRule {
  return (context, shape) => {
    const { config, layout } = context;
    const kernel = axisList(config, 'kernel_size', rank, 1);
    const stride = axisList(config, 'strides', rank, 1);
    const { filters } = config;
    if (!kernel || !stride || typeof filters !== 'number' || shape.length !== rank + 2 || !fitsLayout(context))
      return null;
    const sizes = spatialOf(shape, layout).map((size, axis) => {
      const extra = config.padding === 'same' ? 0 : Math.max(kernel[axis]! - stride[axis]!, 0);
      // A multiple of a symbolic size is no size that core names.
      if (typeof size !== 'number') return stride[axis] === 1 ? floorDivide(size, extra, 1) : null;
      return size * stride[axis]! + extra;
    });
    return sizes.every((size) => size !== null) ? shapeWith(shape, layout, sizes, filters) : null;
  };
}

const dense: ShapeRule = ({ config }, shape) =>
  typeof config.units === 'number' ? [...shape.slice(0, -1), config.units] : null;

const globalPooling: ShapeRule = (context, shape) => {
  const channels = channelsOf(shape, context.layout);
  return channels === undefined || !fitsLayout(context) ? null : [shape[0]!, channels];
};

function padded(read: typeof zeroPaddingOf, sign: 1 | -1): ShapeRule {
  return (context, shape) => {
    const padding = read(context.config);
    if (!padding || shape.length !== 4 || !fitsLayout(context)) return null;
    const sizes = spatialOf(shape, context.layout).map((size, axis) =>
      floorDivide(size, sign * (padding[axis]![0] + padding[axis]![1]), 1),
    );
    return shapeWith(shape, context.layout, sizes, channelsOf(shape, context.layout)!);
  };
}

/** Each data format says which two axes are cropped, whatever the model's. */
const cropped: ShapeRule = (context, shape) => {
  if (fitsLayout(context)) return padded(croppingOf, -1)(context, shape);
  const sides = croppingOf(context.config);
  const first = context.config.data_format === 'channels_first' ? 2 : 1;
  if (!sides || shape.length !== 4) return null;
  return shape.map((size, axis) => {
    const [begin, end] = sides[axis - first] ?? [0, 0];
    return floorDivide(size, -begin - end, 1);
  });
};

const upSampling: ShapeRule = (context, shape) => {
  const factor = axisList(context.config, 'size', 2, 2);
  if (!factor || shape.length !== 4 || !fitsLayout(context)) return null;
  const sizes = spatialOf(shape, context.layout).map((size, axis) =>
    typeof size === 'number' ? size * factor[axis]! : null,
  );
  return sizes.every((size) => size !== null)
    ? shapeWith(shape, context.layout, sizes, channelsOf(shape, context.layout)!)
    : null;
};

const flatten: ShapeRule = (_, shape) =>
  shape.slice(1).every((size) => typeof size === 'number')
    ? [shape[0]!, shape.slice(1).reduce<number>((product, size) => product * (size as number), 1)]
    : null;

const reshape: ShapeRule = ({ config }, shape) => {
  const target = config.target_shape;
  const known = shape.slice(1);
  if (!Array.isArray(target) || !known.every((size) => typeof size === 'number')) return null;
  const sizes = numberList(target, target.length);
  if (!sizes) return null;
  const count = known.reduce<number>((product, size) => product * (size as number), 1);
  const rest = sizes.filter((size) => size > 0).reduce((product, size) => product * size, 1);
  return [shape[0]!, ...sizes.map((size) => (size > 0 ? size : count / rest))];
};

function withChannels({ layout }: CallContext, shape: Shape, channels: unknown): Shape | null {
  return typeof channels === 'number' ? shapeWith(shape, layout, spatialOf(shape, layout), channels) : null;
}

const rules: Readonly<Record<string, ShapeRule>> = {
  ...Object.fromEntries(SAME.map((name) => [name, same])),
  Conv1D: convolution(1),
  Conv2D: convolution(2),
  Conv3D: convolution(3),
  SeparableConv2D: convolution(2),
  Conv2DTranspose: transposed(2),
  Conv3DTranspose: transposed(3),
  DepthwiseConv2D: depthwise,
  'SeparableConv2D/depthwise': depthwise,
  'SeparableConv2D/pointwise': (context, shape) => withChannels(context, shape, context.config.filters),
  Dense: dense,
  AveragePooling1D: pooling(1),
  AveragePooling2D: pooling(2),
  AveragePooling3D: pooling(3),
  MaxPooling1D: pooling(1),
  MaxPooling2D: pooling(2),
  MaxPooling3D: pooling(3),
  GlobalAveragePooling1D: globalPooling,
  GlobalAveragePooling2D: globalPooling,
  GlobalMaxPooling1D: globalPooling,
  GlobalMaxPooling2D: globalPooling,
  ZeroPadding2D: padded(zeroPaddingOf, 1),
  Cropping2D: cropped,
  UpSampling2D: upSampling,
  Flatten: flatten,
  Reshape: reshape,
};

const MERGES: ReadonlySet<string> = new Set(['Add', 'Average', 'Maximum', 'Minimum', 'Multiply', 'Subtract']);

/** Shape of a layer's output; null where it is not known. */
export function outputShape(context: CallContext): Shape | null {
  const [first, ...rest] = context.inputShapes;
  if (!first) return null;
  if (MERGES.has(context.className)) return rest.reduce<Shape | null>(broadcast, first);
  if (context.className === 'Concatenate') return concatenated(context);
  return rules[context.className]?.(context, first) ?? null;
}

function broadcast(a: Shape | null, b: Shape | null): Shape | null {
  if (!a || !b || a.length !== b.length) return null;
  const sizes = a.map((size, axis) => {
    const other = b[axis]!;
    if (sameSize(size, other) || other === 1) return size;
    return size === 1 ? other : null;
  });
  return sizes.every((size) => size !== null) ? sizes : null;
}

function concatenated({ config, inputShapes }: CallContext): Shape | null {
  const shapes = inputShapes.filter((shape) => shape !== null);
  const [first] = shapes;
  if (!first || shapes.length !== inputShapes.length) return null;
  const given = typeof config.axis === 'number' ? config.axis : -1;
  const axis = given < 0 ? given + first.length : given;
  const sizes = shapes.map((shape) => shape[axis]);
  if (!sizes.every((size) => typeof size === 'number')) return null;
  return first.map((size, index) => (index === axis ? sizes.reduce((sum, part) => sum + part, 0) : size));
}
