/** Lift of one input of a channel concatenation: its channels at their place among zeros. */
import { ShapeError } from '../errors.ts';
import type { Operator } from '../operator.ts';
import { diagonalSupport } from '../support.ts';
import { constantArray } from '../weight.ts';
import { isChannelRange } from './select.ts';

/**
 * The input's `count` channels at `start ... start + count` of `channels`, zero elsewhere. A concatenation is the sum of such.
 *
 * @throws ShapeError where the range leaves the channels.
 */
export function embed(channels: number, start: number, count: number): Operator {
  if (!isChannelRange(channels, start, count)) {
    throw new ShapeError(
      `embed: found channels ${start} to ${start + count}, expected a range within 0 to ${channels}`,
    );
  }
  return {
    kind: 'conv',
    outChannels: channels,
    inChannels: count,
    support: diagonalSupport(count, start, 0),
    axes: [],
    weight: constantArray(count, 1),
    bias: null,
  };
}
