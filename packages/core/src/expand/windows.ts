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
 * `count` taps of every `step`-th: those that crop the input least, and of those the most central. One tap of a convolution that keeps the
 * size of its input is the position of the output itself. Where they do not fit, one tap.
 */
export function placeRange(axis: Axis, count: number, step: number): TapRange {
  const room = axis.kernel - 1 - step * (count - 1);
  if (room < 0) return placeRange(axis, 1, 1);
  const places = Array.from({ length: room + 1 }, (_, first) => {
    const { padBegin, padEnd } = windowOf(axis, { first, count, step });
    return { first, cropped: Math.max(0, -padBegin) + Math.max(0, -padEnd), distance: Math.abs(first - room / 2) };
  });
  const [best] = places.sort((a, b) => a.cropped - b.cropped || a.distance - b.distance || a.first - b.first);
  return { first: best!.first, count, step };
}

export function pointRange(axis: Axis): TapRange {
  return placeRange(axis, 1, 1);
}

/** Whether the pointwise branch at that tap reads each output's own position, as a skip connection does. */
export function isSkip(axis: Axis): boolean {
  const { stride, padBegin, padEnd } = windowOf(axis, pointRange(axis));
  return stride === 1 && padBegin === 0 && padEnd === 0;
}
