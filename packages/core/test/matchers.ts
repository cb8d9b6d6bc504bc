/** Comparison of outputs. */
import { expect } from 'vitest';
import type { Sample } from '../src/index.ts';

/** Largest difference relative to the largest magnitude; Infinity where lengths differ or a value is no number. */
export function relativeDifference(actual: Float64Array, expected: Float64Array): number {
  if (actual.length !== expected.length) return Infinity;
  let largest = 1;
  let difference = 0;
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i]!));
    const here = Math.abs(actual[i]! - expected[i]!);
    if (!(here <= difference)) difference = Number.isNaN(here) ? Infinity : here;
  }
  return difference / largest;
}

/** Same size, same channels, same numbers to 1e-12. */
export function expectSame(actual: Sample, expected: Sample): void {
  expect({ channels: actual.channels, size: actual.size }).toEqual({
    channels: expected.channels,
    size: expected.size,
  });
  expect(relativeDifference(actual.data, expected.data)).toBeLessThan(1e-12);
}
