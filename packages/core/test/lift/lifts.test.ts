import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  averagePool,
  batchNorm,
  conv,
  embed,
  evaluate,
  gather,
  identity,
  isIdentity,
  pad,
  type Sample,
  ShapeError,
  scale,
  select,
} from '../../src/index.ts';
import { batchNormFrom, runs, sampleOf, seeds } from '../arbitraries.ts';
import { expectSame } from '../matchers.ts';
import { product } from '../naive.ts';

const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 });

/** The sample whose channel c, position p is `make(c, p)`. */
function sampleBy(channels: number, size: readonly number[], make: (c: number, p: number) => number): Sample {
  const count = product(size);
  const data = Float64Array.from({ length: channels * count }, (_, i) => make(Math.floor(i / count), i % count));
  return { data, channels, size };
}

describe('batchNorm', () => {
  test('is gamma * (x - mean) / sqrt(variance + epsilon) + beta on any number of axes', () => {
    fc.assert(
      fc.property(sizes, seeds, fc.integer({ min: 1, max: 5 }), (size, seed, channels) => {
        const norm = batchNormFrom(channels, seed);
        const input = sampleOf(channels, size, seed);
        const count = product(size);
        const expected = sampleBy(channels, size, (c, p) => {
          const deviation = Math.sqrt(norm.variance[c]! + norm.epsilon!);
          return (norm.gamma![c]! * (input.data[c * count + p]! - norm.mean[c]!)) / deviation + norm.beta![c]!;
        });
        expectSame(evaluate(batchNorm(norm), input), expected);
      }),
      runs(60),
    );
  });

  test('defaults: gamma 1, beta 0, epsilon 1e-5', () => {
    const input = { data: Float64Array.of(3), channels: 1, size: [] };
    expect(evaluate(batchNorm({ mean: [1], variance: [4] }), input).data[0]).toBeCloseTo(2 / Math.sqrt(4 + 1e-5), 15);
  });

  test('without a shift it has no bias', () => {
    expect(batchNorm({ mean: [0, 0], variance: [1, 2] }).bias).toBeNull();
  });

  test('refuses lists of different length and a variance that has no root', () => {
    expect(() => batchNorm({ mean: [0, 0], variance: [1] })).toThrow(ShapeError);
    expect(() => batchNorm({ mean: [0], variance: [1], gamma: [1, 2] })).toThrow(/batchNorm gamma: found 2 values/);
    expect(() => batchNorm({ mean: [0], variance: [-1] })).toThrow(/found -1 for channel 0/);
    expect(() => batchNorm({ mean: [0], variance: [Number.NaN] })).toThrow(ShapeError);
  });
});

describe('scale', () => {
  test('is factor * x + shift, per channel or for all', () => {
    fc.assert(
      fc.property(sizes, seeds, fc.boolean(), fc.boolean(), (size, seed, oneFactor, oneShift) => {
        const { gamma, beta } = batchNormFrom(3, seed);
        const operator = scale(3, oneFactor ? gamma![0]! : gamma!, oneShift ? beta![0]! : beta!);
        const input = sampleOf(3, size, seed);
        const expected = sampleBy(3, size, (c, p) => {
          const x = input.data[c * product(size) + p]!;
          return gamma![oneFactor ? 0 : c]! * x + beta![oneShift ? 0 : c]!;
        });
        expectSame(evaluate(operator, input), expected);
      }),
      runs(60),
    );
  });

  test('by one, without a shift, is the identity', () => {
    expect(isIdentity(scale(3, 1))).toBe(true);
    expect(isIdentity(scale(3, [1, 1, 1]))).toBe(true);
    expect(isIdentity(scale(3, [1, 1, 2]))).toBe(false);
    expect(isIdentity(scale(3, 1, 2))).toBe(false);
  });

  test('refuses lists of another length', () => {
    expect(() => scale(3, [1, 2])).toThrow(ShapeError);
    expect(() => scale(3, 1, [1, 2])).toThrow(ShapeError);
  });
});

describe('identity', () => {
  test('returns its input', () => {
    fc.assert(
      fc.property(sizes, seeds, (size, seed) => {
        const input = sampleOf(3, size, seed);
        expectSame(evaluate(identity(3), input), input);
      }),
      runs(20),
    );
  });
});

describe('averagePool', () => {
  const axis = { kernel: 3, stride: 2, dilation: 1, padBegin: 1, padEnd: 1 };

  test('is the mean of each window, padding counted as zeros', () => {
    const input = { data: Float64Array.of(3, 6, 9, 12, 15), channels: 1, size: [5] };
    expect([...evaluate(averagePool(1, [axis]), input).data]).toEqual([3, 9, 9]);
  });

  test('is the convolution with 1/k^n on every channel', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const input = sampleOf(3, [4, 5], seed);
        const weight = new Array(27).fill(1 / 9);
        const depthwise = conv({
          weight,
          outChannels: 3,
          inChannels: 3,
          groups: 3,
          kernel: [3, 3],
          stride: [2, 2],
          padBegin: [1, 1],
        });
        expectSame(evaluate(averagePool(3, [axis, axis]), input), evaluate(depthwise, input));
      }),
      runs(10),
    );
  });
});

describe('pad', () => {
  test('puts zeros around; negative entries crop', () => {
    const input = { data: Float64Array.of(1, 2, 3, 4, 5, 6), channels: 1, size: [2, 3] };
    expect([...evaluate(pad(1, [1, -1], [0, 1]), input).data]).toEqual([0, 0, 0, 2, 3, 0, 5, 6, 0]);
  });

  test('refuses lists of different length and fractions', () => {
    expect(() => pad(1, [1], [1, 1])).toThrow(ShapeError);
    expect(() => pad(1, [0.5])).toThrow(ShapeError);
  });
});

describe('select, gather and embed', () => {
  const input = sampleBy(6, [2], (c, p) => 10 * c + p);
  const channelsOf = (sample: Sample) => Array.from({ length: sample.channels }, (_, c) => sample.data[2 * c]! / 10);

  test('select takes a range of channels', () => {
    expect(channelsOf(evaluate(select(6, 2, 3), input))).toEqual([2, 3, 4]);
  });

  test('gather takes channels in any order', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 1 }), (indices) => {
        expect(channelsOf(evaluate(gather(6, indices), input))).toEqual(indices);
      }),
      runs(40),
    );
  });

  test('embed puts channels at their place among zeros', () => {
    expect(channelsOf(evaluate(embed(9, 2, 6), input))).toEqual([0, 0, 0, 1, 2, 3, 4, 5, 0]);
  });

  test('refuse channels that are not there', () => {
    expect(() => select(6, 4, 3)).toThrow(ShapeError);
    expect(() => select(6, -1, 3)).toThrow(ShapeError);
    expect(() => select(6, 0, 0)).toThrow(ShapeError);
    expect(() => embed(6, 4, 3)).toThrow(ShapeError);
    expect(() => gather(6, [6])).toThrow(ShapeError);
    expect(() => gather(6, [0.5])).toThrow(ShapeError);
    expect(() => gather(6, [])).toThrow(ShapeError);
    expect(() => select(6, 0.5, 2)).toThrow(ShapeError);
  });

  test('gather refuses a channel twice', () => {
    expect(() => gather(6, [1, 1])).toThrow(/distinct/);
  });
});

describe('conv', () => {
  const good = { weight: new Array(36).fill(1), outChannels: 4, inChannels: 2, groups: 2, kernel: [3, 3] };

  test.each([
    ['a weight of another length', { ...good, weight: [1] }, /weight: found 1 values, expected 36, \[4, 1, 3, 3\]/],
    ['a bias of another length', { ...good, bias: [1] }, /bias: found 1 values, expected 4/],
    ['groups that do not divide the channels', { ...good, groups: 3 }, /found 3 groups/],
    ['no outputs', { ...good, outChannels: 0 }, /outChannels: found 0/],
    ['a list of another length', { ...good, stride: [1] }, /stride has 1 entries, expected one per kernel axis, 2/],
    ['a fractional padding', { ...good, padBegin: [0.5, 1] }, /padBegin: found 0.5/],
    ['a stride of zero', { ...good, stride: [0, 1] }, /stride: found 0/],
    ['a dilation of zero', { ...good, dilation: [0, 1] }, /dilation: found 0/],
    ['a kernel of zero', { ...good, kernel: [0, 3] }, /kernel: found 0/],
  ])('refuses %s', (_, descriptor, message) => {
    expect(() => conv(descriptor)).toThrow(ShapeError);
    expect(() => conv(descriptor)).toThrow(message);
  });

  test('does not change with the arrays it was made from', () => {
    const weight = [2];
    const operator = conv({ weight, outChannels: 1, inChannels: 1 });
    weight[0] = 3;
    expect(evaluate(operator, { data: Float64Array.of(1), channels: 1, size: [] }).data[0]).toBe(2);
  });

  test('padEnd is padBegin where it is not given', () => {
    expect(conv({ ...good, padBegin: [1, 2] }).axes.map((axis) => axis.padEnd)).toEqual([1, 2]);
  });
});
