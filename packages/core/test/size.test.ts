import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { floorDivide, formatSize, outputSize, sameShape, sameSize, sizeAt, symbol } from '../src/index.ts';
import { axisArb, runs } from './arbitraries.ts';

const height = symbol('H');

describe('a symbolic size', () => {
  test('is closed under windows: the size of a chain is that of its windows one by one', () => {
    fc.assert(
      fc.property(fc.array(axisArb(), { minLength: 1, maxLength: 4 }), fc.integer({ min: 20, max: 90 }), (axes, n) => {
        const symbolic = axes.reduce((size, axis) => outputSize(axis, size), height as ReturnType<typeof outputSize>);
        const stepped = axes.reduce((size, axis) => outputSize(axis, size) as number, n);
        expect(sizeAt(symbolic, n)).toBe(stepped);
      }),
      runs(200),
    );
  });

  test('equals another only where they are equal for every input', () => {
    fc.assert(
      fc.property(axisArb(), axisArb(), (a, b) => {
        const [one, other] = [outputSize(a, height), outputSize(b, height)];
        const always = Array.from({ length: 60 }, (_, n) => sizeAt(one, n + 20) === sizeAt(other, n + 20)).every(
          Boolean,
        );
        if (sameSize(one, other)) expect(always).toBe(true);
        else if (a.stride === b.stride) expect(always).toBe(false);
      }),
      runs(300),
    );
  });

  test('is no number, and no other symbol', () => {
    expect(sameSize(height, 7)).toBe(false);
    expect(sameSize(7, 7)).toBe(true);
    expect(sameSize(height, symbol('W'))).toBe(false);
    expect(sameSize(height, symbol('H'))).toBe(true);
    expect(sameShape([1, height], [1, symbol('H')])).toBe(true);
    expect(sameShape([1, height], [1, height, 1])).toBe(false);
  });

  test('reads as a formula', () => {
    expect(formatSize(224)).toBe('224');
    expect(formatSize(height)).toBe('H');
    expect(formatSize(floorDivide(height, -2, 1))).toBe('H-2');
    expect(formatSize(floorDivide(height, 1, 2))).toBe('floor((H+1)/2)');
    expect(formatSize(floorDivide(height, 0, 4))).toBe('floor((H)/4)');
  });
});
