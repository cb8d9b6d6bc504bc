/** Lifts the linear part of Conv2D, DepthwiseConv2dNative, Conv3D, Conv2DBackpropInput and the fused forms. */
import { type Axis, convOf, isRefusal, type LazyArray, type Refusal, refuse, transposedOf } from '@reparam/core';
import { fromKernel, fromTapsFirst } from '../../artifacts/kernel-layout.ts';
import { countOf } from '../../artifacts/weight-store.ts';
import { oneTerm } from '../../convert/lifted.ts';
import type { Shape } from '../../convert/model-view.ts';
import { paddedAxis, paddedWindows, type Windows } from '../../convert/windows.ts';
import { numbersAttribute, stringAttribute } from '../attributes.ts';
import { fusedOf } from '../fused.ts';
import type { NodeDef } from '../node-def.ts';
import type { GraphScope } from '../scope.ts';
import { floatConstant, type NodeLift, notConstant, refuseChannelsFirst, valueShape, vector } from './node-lift.ts';

export const liftConv: NodeLift = (node, scope) => {
  const parts = readParts(node, scope);
  if (parts === null || isRefusal(parts)) return parts;
  const { filter, windows, channels, bias } = parts;
  const { axes, padded } = windows;
  const [inChannels, outChannels] = filter.dims.slice(-2) as [number, number];
  if (inChannels !== channels || (bias && bias.length !== outChannels)) return null;
  const values = fromKernel(filter.values, countOf(filter.dims.slice(0, -2)), inChannels, outChannels);
  return [oneTerm(node.inputs[0]!, convOf(values, bias, { outChannels, inChannels, groups: 1, axes }), padded)];
};

export const liftDepthwise: NodeLift = (node, scope) => {
  const parts = readParts(node, scope);
  if (parts === null || isRefusal(parts)) return parts;
  const { filter, windows, channels, bias } = parts;
  const { axes, padded } = windows;
  const [inChannels, multiplier] = filter.dims.slice(-2) as [number, number];
  const outChannels = inChannels * multiplier;
  if (inChannels !== channels || (bias && bias.length !== outChannels)) return null;
  const values = fromTapsFirst(filter.values, countOf(filter.dims.slice(0, -2)));
  const shape = { outChannels, inChannels, groups: inChannels, axes };
  return [oneTerm(node.inputs[0]!, convOf(values, bias, shape), padded)];
};

interface Parts {
  readonly filter: { readonly dims: readonly number[]; readonly values: LazyArray };
  readonly windows: Windows;
  readonly channels: number;
  readonly bias: LazyArray | null;
}

function readParts(node: NodeDef, scope: GraphScope): Parts | Refusal | null {
  const turned = refuseChannelsFirst(node);
  if (turned) return turned;
  const [input, filterName, biasName] = node.inputs;
  const found = valueShape(scope, input);
  const filter = floatConstant(scope, filterName);
  if (!filter) return notConstant(node, 'filter');
  if (!found || filter.dims.length !== found.shape.length || countOf(filter.dims) === 0) return null;
  const fused = fusedOf(node);
  if (!fused) return null;
  const bias = fused.hasBias ? vector(scope, biasName, outputsOf(node, filter.dims)) : null;
  if (fused.hasBias && !bias) return notConstant(node, 'bias');
  const windows = windowsOf(node, filter.dims.slice(0, -2), found.shape);
  return windows && { filter, windows, channels: found.channels, bias };
}

function outputsOf({ op }: NodeDef, dims: readonly number[]): number {
  return op.includes('epthwise') ? dims.at(-1)! * dims.at(-2)! : dims.at(-1)!;
}

export function windowsOf(node: NodeDef, kernel: readonly number[], shape: Shape): Windows | null {
  const { attributes } = node;
  const strides = numbersAttribute(attributes, 'strides');
  const dilations = numbersAttribute(attributes, 'dilations');
  const pads = numbersAttribute(attributes, 'explicit_paddings');
  const padding = stringAttribute(attributes, 'padding', 'VALID');
  const windows = kernel.map((size, axis) => {
    const [stride, dilation] = [strides[axis + 1] ?? 1, dilations[axis + 1] ?? 1];
    return { kernel: size, stride, dilation, padBegin: pads[2 * axis + 2] ?? 0, padEnd: pads[2 * axis + 3] ?? 0 };
  });
  return padding === 'EXPLICIT' ? { axes: windows } : paddedWindows(padding.toLowerCase(), windows, shape.slice(1, -1));
}

/** Its inputs are the shape of what it writes, the filter `[..., out, in]` and the value. */
export const liftTransposed: NodeLift = (node, scope) => {
  const turned = refuseChannelsFirst(node);
  if (turned) return turned;
  const [sizesName, filterName, input] = node.inputs;
  const output = scope.numbers(sizesName);
  if (!output) {
    return refuse(
      'size-depends-on-input',
      `the output shape of ${node.op} "${node.name}" is computed from the input`,
      'export the model with a fixed input size',
    );
  }
  const filter = floatConstant(scope, filterName);
  const found = valueShape(scope, input);
  if (!filter) return notConstant(node, 'filter');
  const padding = stringAttribute(node.attributes, 'padding', 'VALID');
  if (!found || filter.dims.length !== 4 || output.length !== 4 || padding === 'EXPLICIT') return null;
  const [outChannels, inChannels] = filter.dims.slice(2) as [number, number];
  const strides = numbersAttribute(node.attributes, 'strides');
  const axes = filter.dims.slice(0, 2).map((kernel, axis): Axis | null => {
    const [size, written, stride] = [found.shape[axis + 1], output[axis + 1]!, strides[axis + 1] ?? 1];
    const forward = paddedAxis(padding.toLowerCase(), { kernel, stride, dilation: 1 }, written, 2);
    if (typeof size !== 'number' || !forward) return null;
    return { ...forward, padEnd: stride * (size - 1) + kernel - forward.padBegin - written };
  });
  if (inChannels !== found.channels || outChannels !== output[3] || !axes.every((axis) => axis !== null)) return null;
  const values = fromTapsFirst(filter.values, countOf(filter.dims.slice(0, 2)));
  return [oneTerm(input!, transposedOf(values, null, { outChannels, inChannels, groups: 1, axes }))];
};
