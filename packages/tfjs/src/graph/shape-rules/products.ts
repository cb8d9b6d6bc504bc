/** Output shapes of convolutions, pooling and matrix products. */
import { floorDivide, outputSize, type Size } from '@reparam/core';
import type { Shape } from '../../convert/model-view.ts';
import { paddedAxis } from '../../convert/windows.ts';
import { flagAttribute, numbersAttribute, stringAttribute } from '../attributes.ts';
import type { NodeDef } from '../node-def.ts';
import type { ShapeRule } from './rule.ts';

/** A window's output sizes on the axes between the first and the last. */
function windowSizes(node: NodeDef, shape: Shape, kernel: readonly number[]): Size[] | null {
  const { attributes } = node;
  if (stringAttribute(attributes, 'data_format', 'NHWC').startsWith('NC')) return null;
  const strides = numbersAttribute(attributes, 'strides');
  const dilations = numbersAttribute(attributes, 'dilations');
  const padding = stringAttribute(attributes, 'padding', 'VALID');
  const pads = numbersAttribute(attributes, 'explicit_paddings');
  const sizes = shape.slice(1, -1).map((size, axis) => {
    const window = { kernel: kernel[axis]!, stride: strides[axis + 1] ?? 1, dilation: dilations[axis + 1] ?? 1 };
    if (padding === 'SAME') return floorDivide(size, window.stride - 1, window.stride);
    const base = paddedAxis('valid', window, size, 2)!;
    const sides = { padBegin: pads[2 * axis + 2] ?? 0, padEnd: pads[2 * axis + 3] ?? 0 };
    return outputSize(padding === 'EXPLICIT' ? { ...base, ...sides } : base, size);
  });
  return sizes.some((size) => typeof size === 'number' && size < 1) ? null : sizes;
}

export function convolution(outChannels: (filter: readonly number[]) => number): ShapeRule {
  return (node, scope) => {
    const [shape, filter] = node.inputs.map((name) => scope.shape(name));
    if (!shape || !filter || filter.length !== shape.length || !filter.every((size) => typeof size === 'number'))
      return null;
    const sizes = windowSizes(node, shape, filter.slice(0, -2));
    return sizes && [shape[0]!, ...sizes, outChannels(filter)];
  };
}

export const pooling: ShapeRule = (node, scope) => {
  const shape = scope.shape(node.inputs[0]!);
  const sizes = shape && windowSizes(node, shape, numbersAttribute(node.attributes, 'ksize').slice(1, -1));
  return sizes && [shape[0]!, ...sizes, shape.at(-1)!];
};

export const transposed: ShapeRule = ({ inputs }, scope) =>
  scope.sizes(inputs[0])?.map((size) => size ?? scope.freshSize()) ?? null;

export const matMul: ShapeRule = ({ inputs, attributes }, scope) => {
  const [a, b] = inputs.map((name) => scope.shape(name));
  if (!a || !b || a.length < 2 || b.length < 2 || flagAttribute(attributes, 'transpose_a', false)) return null;
  const turned = flagAttribute(attributes, 'transpose_b', false) || flagAttribute(attributes, 'adj_y', false);
  if (flagAttribute(attributes, 'adj_x', false) || b.slice(0, -2).some((size) => size !== 1)) return null;
  return [...a.slice(0, -1), b.at(turned ? -2 : -1)!];
};
