/** Lift of multiplication and addition by constants, per channel or scalar: LayerScale, residual scales, biases, negation. */
import { ShapeError } from '../errors.ts';
import { diagonal, dropZero, type Operator } from '../operator.ts';
import { arrayOf, constantArray, type LazyArray } from '../weight.ts';
import { checkLength } from './conv.ts';

/**
 * y[c] = factor[c] * x[c] + shift[c]. A number stands for all channels.
 *
 * @throws ShapeError where a list has not `channels` values.
 * @example
 * compose(scale(64, layerScale), conv(c3));
 */
export function scale(
  channels: number,
  factor: number | ArrayLike<number>,
  shift: number | ArrayLike<number> = 0,
): Operator {
  const weight = typeof factor === 'number' ? constantArray(channels, factor) : perChannel('factor', channels, factor);
  const bias = typeof shift === 'number' ? constantArray(channels, shift) : perChannel('shift', channels, shift);
  return diagonal(channels, weight, dropZero(bias));
}

function perChannel(name: string, channels: number, values: ArrayLike<number>): LazyArray {
  if (!Number.isInteger(channels)) throw new ShapeError(`scale: found ${channels} channels, expected a whole number`);
  checkLength(`scale ${name}`, values, channels, `[${channels}]`);
  return arrayOf(Float64Array.from(values));
}
