/** Lift of channel selection: Slice, Split and Gather over channels. */
import { ShapeError } from '../errors.ts';
import type { Operator } from '../operator.ts';
import { type BlockRun, diagonalSupport } from '../support.ts';
import { constantArray } from '../weight.ts';

/**
 * Channels `start ... start + count` of `channels`.
 *
 * @throws ShapeError where the range leaves the channels.
 * @example
 * compose(conv(c), select(64, 0, 32)); // a convolution of the first half
 */
export function select(channels: number, start: number, count: number): Operator {
  if (!isChannelRange(channels, start, count)) {
    throw new ShapeError(
      `select: found channels ${start} to ${start + count}, expected a range within 0 to ${channels}`,
    );
  }
  return selection(channels, count, diagonalSupport(count, 0, start));
}

/**
 * Channels in a given order; none may appear twice.
 *
 * @throws ShapeError where an index is outside or appears twice.
 */
export function gather(channels: number, indices: readonly number[]): Operator {
  const isDistinct = indices.length > 0 && new Set(indices).size === indices.length;
  if (!isDistinct || indices.some((index) => !isChannelRange(channels, index, 1))) {
    throw new ShapeError(
      `gather: expected distinct indices within 0 to ${channels - 1}, at least one, found [${indices.slice(0, 8).join(', ')}]`,
    );
  }
  const support: BlockRun[] = [];
  indices.forEach((index, out) => {
    const last = support.at(-1);
    if (last && last.inStart + last.count === index) support[support.length - 1] = { ...last, count: last.count + 1 };
    else support.push({ count: 1, outStart: out, outSize: 1, inStart: index, inSize: 1 });
  });
  return selection(channels, indices.length, support);
}

/** Whether channels `start ... start + count` are there. */
export function isChannelRange(channels: number, start: number, count: number): boolean {
  const isWhole = Number.isInteger(channels) && Number.isInteger(start) && Number.isInteger(count);
  return isWhole && start >= 0 && count >= 1 && start + count <= channels;
}

function selection(inChannels: number, outChannels: number, support: readonly BlockRun[]): Operator {
  return {
    kind: 'conv',
    outChannels,
    inChannels,
    support,
    axes: [],
    weight: constantArray(outChannels, 1),
    bias: null,
  };
}
