/** Which taps of a kernel a branch takes: one range on each axis, and the window with which a convolution of its own reads them. */
import type { Axis } from '../axis.ts';

/** Taps `first`, `first + step`, ..., `count` of them. */
export interface TapRange {
  readonly first: number;
  readonly count: number;
  readonly step: number;
}

/** The axis of a convolution that has only these taps of another's, with as many outputs. Padding below zero crops. */
export function windowOf(axis: Axis, { first, count, step }: TapRange): Axis {
  const last = first + step * (count - 1);
  return {
    kernel: count,
    stride: axis.stride,
    dilation: count > 1 ? axis.dilation * step : 1,
    padBegin: axis.padBegin - axis.dilation * first,
    padEnd: axis.padEnd - axis.dilation * (axis.kernel - 1 - last),
  };
}

export function wholeRange(axis: Axis): TapRange {
  return { first: 0, count: axis.kernel, step: 1 };
}

/**
 * The tap at which a pointwise branch sits: the one that crops its input least, and of those the most central. Where the convolution keeps
 * the size of its input this is the position of the output itself.
 */
export function pointRange(axis: Axis): TapRange {
  const middle = (axis.kernel - 1) / 2;
  let best = 0;
  const badness = (tap: number): [number, number] => {
    const { padBegin, padEnd } = windowOf(axis, { first: tap, count: 1, step: 1 });
    return [Math.max(0, -padBegin) + Math.max(0, -padEnd), Math.abs(tap - middle)];
  };
  for (let tap = 1; tap < axis.kernel; tap++) {
    const [a, b] = [badness(tap), badness(best)];
    if (a[0] < b[0] || (a[0] === b[0] && a[1] < b[1])) best = tap;
  }
  return { first: best, count: 1, step: 1 };
}

/** `count` taps of every `step`-th, around the middle; the point where they do not fit. */
export function spreadRange(axis: Axis, count: number, step: number): TapRange {
  const room = axis.kernel - 1 - step * (count - 1);
  return room < 0 ? pointRange(axis) : { first: Math.floor(room / 2), count, step };
}

/** Whether the pointwise branch at that tap reads each output's own position, as a skip connection does. */
export function isSkip(axis: Axis): boolean {
  const { stride, padBegin, padEnd } = windowOf(axis, pointRange(axis));
  return stride === 1 && padBegin === 0 && padEnd === 0;
}
