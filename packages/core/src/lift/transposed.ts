/** Lift of a transposed convolution. */
import type { Axis } from '../axis.ts';
import { type Operator, tapCount } from '../operator.ts';
import { groupedSupport } from '../support.ts';
import { derivedArray, type LazyArray, readArray, type Values } from '../weight.ts';
import { convOf } from './conv.ts';

/**
 * A transposed convolution. `weight` lies `[outChannels, inChannels / groups, ...kernel]`: frameworks keep it input first, see
 * `swapChannels`. `padEnd` of each axis is the end padding less the output padding.
 */
export function convTransposeOf(
  weight: LazyArray,
  bias: LazyArray | null,
  shape: { outChannels: number; inChannels: number; groups: number; axes: readonly Axis[] },
): Operator {
  const { outChannels, inChannels, groups, axes } = shape;
  const support = groupedSupport(outChannels, inChannels, groups);
  return { kind: 'transposed', outChannels, inChannels, support, axes, weight, bias };
}

/** A transposed convolution, or at stride 1 the convolution it is: its kernel turned round and padding d*(k-1) - p. */
export function transposedOf(
  weight: LazyArray,
  bias: LazyArray | null,
  shape: Parameters<typeof convTransposeOf>[2],
): Operator {
  if (shape.axes.some((axis) => axis.stride > 1)) return convTransposeOf(weight, bias, shape);
  const taps = tapCount(shape.axes);
  const flipped = derivedArray(weight.length, [weight], (memo) => {
    const values = readArray(weight, memo);
    return values.map((_, index) => values[index - (index % taps) + taps - 1 - (index % taps)]!);
  });
  const axes = shape.axes.map((axis) => {
    const span = axis.dilation * (axis.kernel - 1);
    return { ...axis, padBegin: span - axis.padBegin, padEnd: span - axis.padEnd };
  });
  return convOf(flipped, bias, { ...shape, axes });
}

/** Per group, `[rows, columns, taps]` to `[columns, rows, taps]`. */
export function swapChannels(
  values: Values,
  groups: number,
  rows: number,
  columns: number,
  taps: number,
): Float64Array {
  const result = new Float64Array(values.length);
  let index = 0;
  for (let group = 0; group < groups; group++) {
    const start = group * rows * columns * taps;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        for (let k = 0; k < taps; k++) result[start + (column * rows + row) * taps + k] = values[index++]!;
      }
    }
  }
  return result;
}
