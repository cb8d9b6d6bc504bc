/** Lift of zero padding, and of cropping: padding below zero. */
import { pointAxis } from '../axis.ts';
import { ShapeError } from '../errors.ts';
import { diagonal, type Operator } from '../operator.ts';
import { constantArray } from '../weight.ts';
import { checkWhole } from './conv.ts';

/**
 * Zero padding of the spatial axes; negative entries crop.
 *
 * @throws ShapeError where the lists differ in length.
 * @example
 * compose(conv(c3), pad(64, [1, 1])); // a Pad operator before a convolution
 */
export function pad(channels: number, begin: readonly number[], end: readonly number[] = begin): Operator {
  if (begin.length !== end.length) {
    throw new ShapeError(
      `pad: found ${begin.length} paddings before and ${end.length} after, expected one each per spatial axis`,
    );
  }
  const axes = begin.map((padBegin, axis) => ({
    ...pointAxis,
    padBegin: checkWhole('pad', padBegin),
    padEnd: checkWhole('pad', end[axis]!),
  }));
  return { ...diagonal(channels, constantArray(channels, 1), null), axes };
}
