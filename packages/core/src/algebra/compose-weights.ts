/** The weights of a composition: W[o, i, k] = sum over m, k2, k1 with k = k2 after k1 of W2[o, m, k2] * W1[m, i, k1]. */
import type { Axis } from '../axis.ts';
import { type Operator, tapCount, weightCount } from '../operator.ts';
import { type Block, isFullDiagonal, listBlocks } from '../support.ts';
import { lowerBound } from '../support-algebra.ts';
import { type Memo, newArray, readArray, type Values } from '../weight.ts';

type Shape = Pick<Operator, 'support' | 'axes'>;

export function composeWeights(second: Operator, first: Operator, shape: Shape, memo: Memo): Values {
  const [w2, w1] = [readArray(second.weight, memo), readArray(first.weight, memo)];
  const out = newArray(weightCount(shape), memo);
  const [taps2, taps1] = [tapCount(second.axes), tapCount(first.axes)];
  if (taps1 === 1 && isScale(first)) scaleChannels(out, w2, w1, second, 'in');
  else if (taps2 === 1 && isScale(second)) scaleChannels(out, w1, w2, first, 'out');
  else
    multiply(
      { w2, w1, out, taps2, taps1, taps: tapCount(shape.axes), places: mapTaps(second, first, shape.axes) },
      second,
      first,
      shape,
    );
  return out;
}

function isScale({ support, outChannels, inChannels }: Operator): boolean {
  return isFullDiagonal(support, outChannels, inChannels);
}

/** Composed with a scale, each weight stays in its place. */
function scaleChannels(
  out: Float64Array,
  weights: Values,
  factors: Values,
  { support, axes }: Shape,
  side: 'in' | 'out',
): void {
  const taps = tapCount(axes);
  let at = 0;
  for (const { count, outStart, outSize, inStart, inSize } of support) {
    for (let o = 0; o < count * outSize; o++) {
      const firstInput = inStart + Math.floor(o / outSize) * inSize;
      for (let i = 0; i < inSize; i++) {
        const factor = factors[side === 'in' ? firstInput + i : outStart + o]!;
        for (const end = at + taps; at < end; at++) out[at] = weights[at]! * factor;
      }
    }
  }
}

function multiply(product: Product, second: Operator, first: Operator, shape: Shape): void {
  const results = listBlocks(shape.support);
  const firsts = listBlocks(first.support);
  for (const block of listBlocks(second.support)) {
    const result = results[lowerBound(results, block.outStart)]!;
    const end = block.inStart + block.inSize;
    for (let m = lowerBound(firsts, block.inStart); m < firsts.length && firsts[m]!.outStart < end; m++) {
      multiplyBlocks(product, block, firsts[m]!, result);
    }
  }
}

interface Product {
  readonly w2: Values;
  readonly w1: Values;
  readonly out: Float64Array;
  readonly taps2: number;
  readonly taps1: number;
  readonly taps: number;
  /** Tap of the result for (k2, k1), at `k2 * taps1 + k1`. */
  readonly places: Int32Array;
}

function multiplyBlocks(product: Product, second: Block, first: Block, result: Block): void {
  const { w2, taps2, taps1, taps } = product;
  const start = Math.max(second.inStart, first.outStart);
  const end = Math.min(second.inStart + second.inSize, first.outStart + first.outSize);
  const rowsAreContiguous = taps2 === 1 && taps1 === taps;
  const row = first.inSize * taps1;
  for (let o = 0; o < second.outSize; o++) {
    const outRow =
      (result.offset + (second.outStart + o - result.outStart) * result.inSize + first.inStart - result.inStart) * taps;
    const row2 = (second.offset + o * second.inSize - second.inStart) * taps2;
    const row1 = (first.offset - first.outStart * first.inSize) * taps1;
    if (rowsAreContiguous) addRows(product, outRow, row2, row1, start, end, row);
    else {
      for (let m = start; m < end; m++) {
        for (let k2 = 0; k2 < taps2; k2++) {
          const factor = w2[row2 + m * taps2 + k2]!;
          if (factor !== 0) addTaps(product, outRow, factor, row1 + m * row, k2, first.inSize);
        }
      }
    }
  }
}

/** out[row] += sum over m of w2[m] * w1[m, row]; four rows at a time, which is three times as fast as one. */
function addRows(
  product: Product,
  outRow: number,
  row2: number,
  row1: number,
  start: number,
  end: number,
  row: number,
) {
  const { w2, w1, out } = product;
  let m = start;
  for (; m + 4 <= end; m += 4) {
    const [f0, f1, f2, f3] = [w2[row2 + m]!, w2[row2 + m + 1]!, w2[row2 + m + 2]!, w2[row2 + m + 3]!];
    const [r0, r1, r2, r3] = [row1 + m * row, row1 + (m + 1) * row, row1 + (m + 2) * row, row1 + (m + 3) * row];
    for (let i = 0; i < row; i++) {
      out[outRow + i]! += f0 * w1[r0 + i]! + f1 * w1[r1 + i]! + f2 * w1[r2 + i]! + f3 * w1[r3 + i]!;
    }
  }
  for (; m < end; m++) {
    const factor = w2[row2 + m]!;
    const from = row1 + m * row;
    for (let i = 0; i < row; i++) out[outRow + i]! += factor * w1[from + i]!;
  }
}

function addTaps(product: Product, outRow: number, factor: number, row1: number, k2: number, inSize: number): void {
  const { w1, out, taps1, taps, places } = product;
  const map = k2 * taps1;
  for (let i = 0; i < inSize; i++) {
    for (let k1 = 0; k1 < taps1; k1++)
      out[outRow + i * taps + places[map + k1]!]! += factor * w1[row1 + i * taps1 + k1]!;
  }
}

/** Where each pair of taps lands: per axis (s1*d2*k2 + d1*k1) / dilation. */
function mapTaps(second: Operator, first: Operator, axes: readonly Axis[]): Int32Array {
  if (second.kind === 'transposed' || first.kind === 'transposed')
    return Int32Array.from({ length: tapCount(axes) }, (_, k) => k);
  let places = new Int32Array([0]);
  let [taps2, taps1] = [1, 1];
  axes.forEach((axis, index) => {
    const two = second.axes[index];
    const one = first.axes[index];
    const [kernel2, kernel1] = [two?.kernel ?? 1, one?.kernel ?? 1];
    const step2 = ((one?.stride ?? 1) * (two?.dilation ?? 1)) / axis.dilation;
    const step1 = (one?.dilation ?? 1) / axis.dilation;
    const next = new Int32Array(places.length * kernel2 * kernel1);
    for (let k2 = 0; k2 < taps2 * kernel2; k2++) {
      for (let k1 = 0; k1 < taps1 * kernel1; k1++) {
        const before = places[Math.floor(k2 / kernel2) * taps1 + Math.floor(k1 / kernel1)]!;
        const here = (k2 % kernel2) * step2 + (k1 % kernel1) * step1;
        next[k2 * taps1 * kernel1 + k1] = before * axis.kernel + here;
      }
    }
    places = next;
    taps2 *= kernel2;
    taps1 *= kernel1;
  });
  return places;
}
