import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arrayOf, conv, evaluate, type Operator } from '../src/index.ts';
import { convArb, convFrom, hasOutputs, ranks, runs, sampleOf, seeds } from './arbitraries.ts';
import { expectSame } from './matchers.ts';
import { naiveEvaluate } from './naive.ts';

const sizeArb = (rank: number, max: number) =>
  fc.array(fc.integer({ min: 1, max }), { minLength: rank, maxLength: rank });

describe('evaluate', () => {
  test('is the formula of the operator, for every kernel, stride, dilation, padding and group count', () => {
    const cases = ranks.chain((rank) => fc.tuple(convArb(rank), sizeArb(rank, rank === 3 ? 4 : 7), seeds));
    fc.assert(
      fc.property(cases, ([operator, size, seed]) => {
        fc.pre(hasOutputs(operator, size));
        const input = sampleOf(operator.inChannels, size, seed);
        expectSame(evaluate(operator, input), naiveEvaluate(operator, input));
      }),
      runs(400),
    );
  });

  test('is the formula for supports of any blocks: gaps, moved blocks, uneven blocks', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const support = [
          { count: 2, outStart: 1, outSize: 1, inStart: 4, inSize: 2 },
          { count: 1, outStart: 4, outSize: 3, inStart: 0, inSize: 3 },
        ];
        const axes = [{ kernel: 2, stride: 1, dilation: 2, padBegin: 1, padEnd: 2 }];
        const full = convFrom({ axes, outChannels: 13, inChannels: 1, groups: 1, biased: true, seed });
        const operator: Operator = {
          ...full,
          outChannels: 8,
          inChannels: 9,
          support,
          bias: arrayOf(sampleOf(8, [], seed).data),
        };
        const input = sampleOf(9, [4], seed);
        expectSame(evaluate(operator, input), naiveEvaluate(operator, input));
      }),
      runs(20),
    );
  });

  test('a dense layer is the operator without axes', () => {
    const dense = conv({ weight: [1, 2, 3, 4, 5, 6], bias: [10, 20], outChannels: 2, inChannels: 3 });
    const input = { data: Float64Array.of(1, 10, 100), channels: 3, size: [] };
    expect([...evaluate(dense, input).data]).toEqual([331, 674]);
  });

  test('computes the worked example of a padded, strided convolution', () => {
    const operator = conv({
      weight: [1, 10, 100],
      outChannels: 1,
      inChannels: 1,
      kernel: [3],
      stride: [2],
      padBegin: [1],
    });
    const input = { data: Float64Array.of(1, 2, 3, 4), channels: 1, size: [4] };
    expect([...evaluate(operator, input).data]).toEqual([210, 432]);
  });

  test('a negative padding crops', () => {
    const operator = conv({ weight: [1], outChannels: 1, inChannels: 1, kernel: [1], padBegin: [-1], padEnd: [-2] });
    const input = { data: Float64Array.of(1, 2, 3, 4, 5), channels: 1, size: [5] };
    expect([...evaluate(operator, input).data]).toEqual([2, 3]);
  });

  test('an infinite value stays within its own group', () => {
    const operator = conv({ weight: [1, 1, 1, 1], outChannels: 4, inChannels: 4, groups: 4 });
    const input = { data: Float64Array.of(1, Infinity, 3, 4), channels: 4, size: [] };
    expect([...evaluate(operator, input).data]).toEqual([1, Infinity, 3, 4]);
  });

  test('refuses an input with other channels', () => {
    const operator = conv({ weight: [1, 1], outChannels: 1, inChannels: 2 });
    expect(() => evaluate(operator, sampleOf(3, [], 1))).toThrow(/found 3 input channels, expected 2/);
  });

  test('refuses an input of another rank', () => {
    const operator = conv({ weight: [1, 1], outChannels: 1, inChannels: 1, kernel: [2] });
    expect(() => evaluate(operator, sampleOf(1, [3, 3], 1))).toThrow(/1 spatial axes, expected 2/);
  });
});
