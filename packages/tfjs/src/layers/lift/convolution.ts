/** Lifts the linear part of convolutions: Conv1D, Conv2D, Conv3D, DepthwiseConv2D and both halves of SeparableConv2D. */
import { convOf, type LazyArray, type Operator, pointAxis, type Size } from '@reparam/core';
import { fromKernel, fromTapsFirst } from '../../artifacts/kernel-layout.ts';
import { countOf } from '../../artifacts/weight-store.ts';
import { oneTerm } from '../../convert/lifted.ts';
import { paddedWindows, type Windows } from '../../convert/windows.ts';
import { axisList, type CallContext, fitsLayout, isOn, spatialOf, weightValues } from '../call-context.ts';
import { type LayerLift, onlyInput } from './layer-lift.ts';

export function liftConv(rank: number): LayerLift {
  return (context, [input]) => {
    const found = onlyInput(context);
    if (!found) return null;
    const windows = windowsOf(context, rank, axisList(context.config, 'dilation_rate', rank, 1));
    if (windows === null) return null;
    const { axes, padded } = windows;
    const kernel = axes.map((axis) => axis.kernel);
    const weight = weightValues(context, 'kernel', (shape) => fits(shape, kernel, found.channels));
    const outChannels = weight?.shape.at(-1);
    if (!weight || !outChannels) return null;
    const values = fromKernel(weight.values, countOf(kernel), found.channels, outChannels);
    const bias = biasOf(context, outChannels);
    return oneTerm(input!, convOf(values, bias, { outChannels, inChannels: found.channels, groups: 1, axes }), padded);
  };
}

/** TensorFlow.js leaves the dilation of a DepthwiseConv2D layer out, so it is none. */
export const liftDepthwise: LayerLift = (context, [input]) => {
  const found = depthwiseOperator(context, [1, 1]);
  if (found === null) return null;
  const { operator, padded } = found;
  return oneTerm(input!, { ...operator, bias: biasOf(context, operator.outChannels) }, padded);
};

/** The first half of a SeparableConv2D; it heeds its dilation. */
export const liftSeparableDepthwise: LayerLift = (context, [input]) => {
  const found = depthwiseOperator(context, axisList(context.config, 'dilation_rate', 2, 1));
  return found && oneTerm(input!, found.operator, found.padded);
};

/** The second half. */
export const liftSeparablePointwise: LayerLift = (context, [input]) => {
  const weight = weightValues(context, 'pointwise_kernel', (shape) => shape.length === 4);
  const [, , inChannels, outChannels] = weight?.shape ?? [];
  if (!weight || !inChannels || !outChannels) return null;
  const values = fromKernel(weight.values, 1, inChannels, outChannels);
  const shape = { outChannels, inChannels, groups: 1, axes: [pointAxis, pointAxis] };
  return oneTerm(input!, convOf(values, biasOf(context, outChannels), shape));
};

interface PaddedOperator {
  readonly operator: Operator;
  readonly padded: readonly Size[] | undefined;
}

function depthwiseOperator(context: CallContext, dilation: number[] | null): PaddedOperator | null {
  const found = onlyInput(context);
  if (!found) return null;
  const windows = windowsOf(context, 2, dilation);
  if (windows === null) return null;
  const { axes, padded } = windows;
  const { channels } = found;
  const kernel = axes.map((axis) => axis.kernel);
  const weight = weightValues(context, 'depthwise_kernel', (shape) => fits(shape, kernel, channels));
  const multiplier = weight?.shape.at(-1);
  if (!weight || !multiplier) return null;
  const values = fromTapsFirst(weight.values, countOf(kernel));
  const shape = { outChannels: channels * multiplier, inChannels: channels, groups: channels, axes };
  return { operator: convOf(values, null, shape), padded };
}

function fits(shape: readonly number[], kernel: readonly number[], channels: number): boolean {
  return shape.length === kernel.length + 2 && shape.slice(0, -1).join() === [...kernel, channels].join();
}

export function biasOf(context: CallContext, channels: number): LazyArray | null {
  if (!isOn(context.config, 'use_bias')) return null;
  return weightValues(context, 'bias', (shape) => shape.length === 1 && shape[0] === channels)?.values ?? null;
}

/** One window for each spatial axis; null where the configuration is not understood. */
function windowsOf(context: CallContext, rank: number, dilation: number[] | null): Windows | null {
  const { config, inputShapes, layout } = context;
  const kernel = axisList(config, 'kernel_size', rank, 1);
  const stride = axisList(config, 'strides', rank, 1);
  const shape = inputShapes[0]!;
  const inLayout = rank === 1 ? layout === 'last' : fitsLayout(context);
  if (!kernel || !stride || !dilation || shape.length !== rank + 2 || !inLayout) return null;
  const padding = typeof config.padding === 'string' ? config.padding : 'valid';
  const windows = kernel.map((size, axis) => ({ kernel: size, stride: stride[axis]!, dilation: dilation[axis]! }));
  return paddedWindows(padding, windows, spatialOf(shape, layout));
}
