/** Lift of a transposed convolution. */
import type { Axis } from '../axis.ts';
import type { Operator } from '../operator.ts';
import { groupedSupport } from '../support.ts';
import type { LazyArray, Values } from '../weight.ts';

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
