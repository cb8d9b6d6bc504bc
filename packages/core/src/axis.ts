/** One spatial axis of an operator: where its taps read. Tap k of output p reads input `stride*p + dilation*k - padBegin`. */
import { type Refusal, refuse } from './refusal.ts';
import { floorDivide, type Size } from './size.ts';

/** Window geometry on one spatial axis, all in elements. Negative padding crops. */
export interface Axis {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padBegin: number;
  readonly padEnd: number;
}

export const pointAxis: Axis = { kernel: 1, stride: 1, dilation: 1, padBegin: 0, padEnd: 0 };

export function isPointAxis(axis: Axis): boolean {
  return axis.kernel === 1 && axis.stride === 1 && axis.padBegin === 0 && axis.padEnd === 0;
}

/** Distance from the first tap to the last. */
export function span(axis: Axis): number {
  return axis.dilation * (axis.kernel - 1);
}

/** `c` in `outputSize = floor((n + c) / stride)`. */
export function sizeConstant(axis: Axis): number {
  return axis.padBegin + axis.padEnd - span(axis) - 1 + axis.stride;
}

/** Output size for an input of size n. */
export function outputSize(axis: Axis, n: Size): Size {
  return floorDivide(n, sizeConstant(axis), axis.stride);
}

export function sameAxis(a: Axis, b: Axis): boolean {
  return (
    a.kernel === b.kernel &&
    a.stride === b.stride &&
    (a.dilation === b.dilation || a.kernel === 1) &&
    a.padBegin === b.padBegin &&
    a.padEnd === b.padEnd
  );
}

export function greatestCommonDivisor(a: number, b: number): number {
  let [x, y] = [Math.abs(a), Math.abs(b)];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}

/**
 * The window of `second` after `first`: taps at `dilation1*k1 + stride1*dilation2*k2`, stride `s1*s2`, padding `p1 + s1*p2`.
 * The kernel is the smallest even lattice that holds every tap.
 */
export function composeAxis(second: Axis, first: Axis): Axis {
  const step2 = second.kernel > 1 ? first.stride * second.dilation : 0;
  const step1 = first.kernel > 1 ? first.dilation : 0;
  const dilation = greatestCommonDivisor(step1, step2) || 1;
  const reach = step1 * (first.kernel - 1) + step2 * (second.kernel - 1);
  return {
    kernel: reach / dilation + 1,
    stride: first.stride * second.stride,
    dilation,
    padBegin: first.padBegin + first.stride * second.padBegin,
    padEnd: first.padEnd + first.stride * second.padEnd,
  };
}

/**
 * The window that holds the taps of both. Strides must agree, and so must output sizes: for every input where the size constants
 * agree, otherwise for the input size n alone, where it is given.
 */
export function unionAxis(a: Axis, b: Axis, n?: Size): Axis | Refusal {
  if (sameAxis(a, b)) return a.dilation <= b.dilation ? a : b; // they differ at kernel 1, where it means nothing
  if (a.stride !== b.stride) {
    return refuse(
      'stride-mismatch',
      `strides ${a.stride} and ${b.stride} differ on one axis, so the two terms read different positions`,
      'only branches of equal stride add up',
    );
  }
  const begin = Math.max(a.padBegin, b.padBegin);
  const end = Math.max(span(a) - a.padBegin, span(b) - b.padBegin);
  const steps = [a, b].map((axis) => (axis.kernel > 1 ? axis.dilation : 0));
  const dilation = greatestCommonDivisor(greatestCommonDivisor(steps[0]!, steps[1]!), a.padBegin - b.padBegin) || 1;
  const kernel = (end + begin) / dilation + 1;
  const padEnd = unionPadEnd(a, b, end, n);
  if (padEnd === null) {
    return refuse(
      'size-mismatch',
      'the two terms have outputs of different size, or sizes that are equal only for some inputs',
      'declare the input size, or export with a fixed size',
    );
  }
  return { kernel, stride: a.stride, dilation, padBegin: begin, padEnd };
}

function unionPadEnd(a: Axis, b: Axis, end: number, n: Size | undefined): number | null {
  if (sizeConstant(a) === sizeConstant(b)) return a.padEnd + end - (span(a) - a.padBegin);
  if (typeof n !== 'number') return null;
  const size = outputSize(a, n);
  if (typeof size !== 'number' || size !== outputSize(b, n)) return null;
  const least = (size - 1) * a.stride + end + 1 - n; // the end padding that is read; up to stride-1 more changes nothing
  return least < 0 ? Math.min(0, least + a.stride - 1) : least;
}
