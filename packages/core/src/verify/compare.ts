/** How far two tensors are apart. */

import { countOf, decodeTensor, isFloat, type TensorData } from './tensor-data.ts';

/** Why two tensors are not equal. */
export type Difference = 'type' | 'shape' | 'non-finite' | 'value';

/** Two tensors, compared. */
export interface Comparison {
  /** null if they are equal within the tolerance. */
  readonly difference: Difference | null;
  /** Largest absolute difference of finite elements. */
  readonly maxAbsolute: number;
  /** The same, relative to the largest magnitude in the first tensor (or, where that is all zero, in the second). */
  readonly maxRelative: number;
  /** Signal-to-noise ratio in dB, the first tensor over the difference; null if there is no difference, or no number. */
  readonly snr: number | null;
  /** Rows of a matrix, and in how many of them the largest element is the same one; null for other shapes. */
  readonly top1: { readonly agreed: number; readonly rows: number } | null;
  /** Elements that are NaN or infinite in one tensor, and not the same in the other. */
  readonly nonFinite: number;
  /** Whether nothing could be compared: no element is finite in both. */
  readonly vacuous: boolean;
}

/**
 * Compares a tensor with the one it should be. Floats may differ by `tolerance` times the largest magnitude; integers,
 * bool and text must be equal; NaN and infinities must stand in the same places.
 */
export function compareTensors(first: TensorData, second: TensorData, tolerance: number): Comparison {
  if (first.type !== second.type) return incomparable('type');
  if (first.dims.join() !== second.dims.join()) return incomparable('shape');
  const float = isFloat(first.type);
  const [a, b] = [decodeTensor(first), decodeTensor(second)];
  const sums = float ? compareFloats(a, b) : compareExact(first, second, a, b);
  const { maxAbsolute, unequal, nonFinite, signal, noise } = sums;
  const maxRelative = maxAbsolute === 0 ? 0 : maxAbsolute / (sums.largest || sums.largestSecond);
  const wrong = float ? !(maxRelative <= tolerance) : unequal > 0;
  return {
    difference: nonFinite > 0 ? 'non-finite' : wrong ? 'value' : null,
    maxAbsolute,
    maxRelative,
    snr: float ? decibels(signal / noise) : null,
    top1: countAgreement(first.dims, a, b),
    nonFinite,
    vacuous: a.length > 0 && sums.compared === 0,
  };
}

/** null where the ratio has no finite logarithm. */
function decibels(ratio: number): number | null {
  const level = 10 * Math.log10(ratio);
  return Number.isFinite(level) ? level : null;
}

function incomparable(difference: Difference): Comparison {
  return { difference, maxAbsolute: 0, maxRelative: 0, snr: null, top1: null, nonFinite: 0, vacuous: false };
}

/** Running totals over all elements. */
interface Sums {
  compared: number;
  maxAbsolute: number;
  largest: number;
  largestSecond: number;
  signal: number;
  noise: number;
  unequal: number;
  nonFinite: number;
}

function noSums(): Sums {
  return { compared: 0, maxAbsolute: 0, largest: 0, largestSecond: 0, signal: 0, noise: 0, unequal: 0, nonFinite: 0 };
}

function compareFloats(first: Float64Array, second: Float64Array): Sums {
  const sums = noSums();
  for (let index = 0; index < first.length; index++) {
    const [a, b] = [first[index]!, second[index]!];
    if (Number.isFinite(a) && Number.isFinite(b)) addPair(sums, a, b);
    else if (!Object.is(a, b)) sums.nonFinite++;
  }
  return sums;
}

function addPair(sums: Sums, a: number, b: number): void {
  const difference = Math.abs(a - b);
  sums.compared++;
  sums.maxAbsolute = Math.max(sums.maxAbsolute, difference);
  sums.largest = Math.max(sums.largest, Math.abs(a));
  sums.largestSecond = Math.max(sums.largestSecond, Math.abs(b));
  sums.signal += a * a;
  sums.noise += difference * difference;
}

/** 64-bit integers and text differ where their numbers may not: they are compared as they are. */
function compareExact(first: TensorData, second: TensorData, a: Float64Array, b: Float64Array): Sums {
  const sums = noSums();
  for (let index = 0; index < a.length; index++) {
    if (first.data[index] !== second.data[index]) sums.unequal++;
    if (first.type === 'string') sums.compared++;
    else addPair(sums, a[index]!, b[index]!);
  }
  return sums;
}

function countAgreement(dims: readonly number[], a: Float64Array, b: Float64Array): Comparison['top1'] {
  const [rows, columns] = [dims[0]!, dims[1]!];
  if (dims.length !== 2 || columns < 2 || countOf(dims) === 0) return null;
  let agreed = 0;
  for (let row = 0; row < rows; row++)
    if (indexOfLargest(a, row * columns, columns) === indexOfLargest(b, row * columns, columns)) agreed++;
  return { agreed, rows };
}

function indexOfLargest(values: Float64Array, start: number, length: number): number {
  let largest = 0;
  for (let index = 1; index < length; index++) if (values[start + index]! > values[start + largest]!) largest = index;
  return largest;
}
