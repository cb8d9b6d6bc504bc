/** Output shapes of convolutions, pooling, padding, cropping and upsampling. */
import { floorDivide, outputSize, type Size } from '@reparam/core';
import type { Shape } from '../../convert/model-view.ts';
import { paddedAxis } from '../../convert/windows.ts';
import { axisList, type CallContext, channelsOf, fitsLayout, shapeWith, spatialOf } from '../call-context.ts';
import { croppingOf, zeroPaddingOf } from '../padding.ts';
import type { OpenShape, ShapeRule } from './rule.ts';

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
): OpenShape | null {
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

export function convolution(rank: number): ShapeRule {
  return (context, shape) => {
    const { filters } = context.config;
    return windows(context, shape, rank, 'kernel_size', typeof filters === 'number' ? filters : undefined);
  };
}

export function pooling(rank: number): ShapeRule {
  return (context, shape) => windows(context, shape, rank, 'pool_size', channelsOf(shape, context.layout));
}

export const depthwise: ShapeRule = (context, shape) => {
  const channels = channelsOf(shape, context.layout);
  const multiplier = context.config.depth_multiplier ?? 1;
  if (typeof channels !== 'number' || typeof multiplier !== 'number') return null;
  return windows(context, shape, 2, 'kernel_size', channels * multiplier);
};

export function transposed(rank: number): ShapeRule {
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
    return shapeWith(shape, layout, sizes, filters);
  };
}

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

export const zeroPadded: ShapeRule = padded(zeroPaddingOf, 1);

/** Each data format says which two axes are cropped, whatever the model's. */
export const cropped: ShapeRule = (context, shape) => {
  if (fitsLayout(context)) return padded(croppingOf, -1)(context, shape);
  const sides = croppingOf(context.config);
  const first = context.config.data_format === 'channels_first' ? 2 : 1;
  if (!sides || shape.length !== 4) return null;
  return shape.map((size, axis) => {
    const [begin, end] = sides[axis - first] ?? [0, 0];
    return floorDivide(size, -begin - end, 1);
  });
};

export const upSampling: ShapeRule = (context, shape) => {
  const factor = axisList(context.config, 'size', 2, 2);
  if (!factor || shape.length !== 4 || !fitsLayout(context)) return null;
  const sizes = spatialOf(shape, context.layout).map((size, axis) =>
    typeof size === 'number' ? size * factor[axis]! : null,
  );
  return shapeWith(shape, context.layout, sizes, channelsOf(shape, context.layout)!);
};
