import { describe, expect, test } from 'vitest';
import { compareTensors } from '../../src/verify/compare.ts';
import type { TensorData } from '../../src/verify/index.ts';

const float = (values: readonly number[], dims = [values.length]): TensorData => ({
  type: 'float32',
  dims,
  data: new Float32Array(values),
});

describe('compareTensors', () => {
  test('measures against the largest magnitude of the first', () => {
    const { difference, maxAbsolute, maxRelative, snr } = compareTensors(float([-4, 1]), float([-4, 1.5]), 0.2);
    expect({ difference, maxAbsolute, maxRelative }).toEqual({
      difference: null,
      maxAbsolute: 0.5,
      maxRelative: 0.125,
    });
    expect(snr).toBeCloseTo(10 * Math.log10(17 / 0.25), 10);
  });

  test('allows the tolerance and no more', () => {
    expect(compareTensors(float([1]), float([1.5]), 0.5).difference).toBe(null);
    expect(compareTensors(float([1]), float([1.5]), 0.4999).difference).toBe('value');
    expect(compareTensors(float([1]), float([1]), 0).difference).toBe(null);
  });

  test('has no infinite number where nothing differs, or the first is all zero', () => {
    expect(compareTensors(float([1, 2]), float([1, 2]), 0)).toMatchObject({ maxRelative: 0, snr: null });
    expect(compareTensors(float([0, 0]), float([0, 0]), 0)).toMatchObject({ maxRelative: 0, snr: null });
    expect(compareTensors(float([0, 0]), float([0, 3]), 0.1)).toMatchObject({ difference: 'value', maxRelative: 1 });
  });

  test('wants NaN and infinities in the same places', () => {
    const first = float([Number.NaN, Infinity, -Infinity, 1]);
    expect(compareTensors(first, first, 0)).toMatchObject({ difference: null, nonFinite: 0, vacuous: false });
    for (const other of [float([0, Infinity, -Infinity, 1]), float([Number.NaN, -Infinity, -Infinity, 1])])
      expect(compareTensors(first, other, 1)).toMatchObject({ difference: 'non-finite', nonFinite: 1 });
    expect(compareTensors(float([1]), float([Number.NaN]), 1).difference).toBe('non-finite');
  });

  test('says when there was nothing to compare', () => {
    expect(compareTensors(float([Number.NaN]), float([Number.NaN]), 0)).toMatchObject({
      vacuous: true,
      difference: null,
    });
    expect(compareTensors(float([]), float([]), 0)).toMatchObject({ vacuous: false, difference: null, maxRelative: 0 });
  });

  test('wants equal shapes and types', () => {
    expect(compareTensors(float([1, 2], [1, 2]), float([1, 2], [2, 1]), 1).difference).toBe('shape');
    const bits: TensorData = { type: 'int32', dims: [1], data: new Int32Array(1) };
    expect(compareTensors(float([0]), bits, 1).difference).toBe('type');
  });

  test('wants integers, bool and text exactly equal', () => {
    const long = (value: bigint): TensorData => ({ type: 'int64', dims: [1], data: new BigInt64Array([value]) });
    expect(compareTensors(long(5n), long(5n), 0).difference).toBe(null);
    expect(compareTensors(long(1000n), long(1001n), 1)).toMatchObject({ difference: 'value', maxAbsolute: 1 });
    // The same double.
    expect(compareTensors(long(2n ** 60n), long(2n ** 60n + 1n), 1).difference).toBe('value');
    const bool = (value: number): TensorData => ({ type: 'bool', dims: [1], data: new Uint8Array([value]) });
    expect(compareTensors(bool(1), bool(0), 1).difference).toBe('value');
    const text = (value: string): TensorData => ({ type: 'string', dims: [1], data: [value] });
    expect(compareTensors(text('a'), text('a'), 0)).toMatchObject({ difference: null, vacuous: false });
    expect(compareTensors(text('a'), text('b'), 1).difference).toBe('value');
  });

  test('decodes float16', () => {
    const half = (...bits: number[]): TensorData => ({
      type: 'float16',
      dims: [bits.length],
      data: new Uint16Array(bits),
    });
    expect(compareTensors(half(0x3c00), half(0x4000), 1)).toMatchObject({ maxAbsolute: 1, maxRelative: 1 });
    expect(compareTensors(half(0x7c00), half(0x7c00), 0)).toMatchObject({ vacuous: true });
  });

  test('counts rows with the same largest element, of matrices only', () => {
    const first = float([1, 2, 3, 9, 8, 7], [2, 3]);
    expect(compareTensors(first, float([1, 2, 3, 8, 9, 7], [2, 3]), 1).top1).toEqual({ agreed: 1, rows: 2 });
    expect(compareTensors(float([1, 2]), float([1, 2]), 1).top1).toBe(null);
    expect(compareTensors(float([1, 2], [2, 1]), float([1, 2], [2, 1]), 1).top1).toBe(null);
    expect(compareTensors(float([], [0, 3]), float([], [0, 3]), 1).top1).toBe(null);
  });
});
