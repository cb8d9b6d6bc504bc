import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  add,
  compose,
  concat,
  conv,
  embed,
  explainAdd,
  isRefusal,
  largestGroups,
  select,
  toConv,
} from '../../src/index.ts';
import { axisArb, convFrom, hasOutputs, runs, sampleOf, seeds } from '../arbitraries.ts';
import { expectSame } from '../matchers.ts';
import { naiveEvaluate, product } from '../naive.ts';

describe('concat', () => {
  test('stacks the outputs of convolutions on one input, padded to the union of their kernels', () => {
    const cases = fc.tuple(
      fc.tuple(axisArb(), axisArb()),
      fc.tuple(axisArb(), axisArb()),
      fc.integer({ min: 1, max: 8 }),
      seeds,
    );
    fc.assert(
      fc.property(cases, ([axesA, axesB, n, seed]) => {
        const reach = (axis: (typeof axesA)[0]) => axis.padBegin + axis.padEnd - axis.dilation * (axis.kernel - 1);
        const aligned = axesB.map((axis, a) => ({
          ...axis,
          stride: axesA[a]!.stride,
          padEnd: axis.padEnd + reach(axesA[a]!) - reach(axis),
        }));
        const shape = { inChannels: 4, biased: true };
        const a = convFrom({ ...shape, axes: axesA, outChannels: 4, groups: 2, seed });
        const b = convFrom({ ...shape, axes: aligned, outChannels: 2, groups: 1, seed: seed + 9 });
        fc.pre(hasOutputs(a, [n, n + 1]));
        const input = sampleOf(4, [n, n + 1], seed);
        const [ya, yb] = [naiveEvaluate(a, input), naiveEvaluate(b, input)];
        const data = Float64Array.from([...ya.data, ...yb.data]);
        expect(data.length).toBe(6 * product(ya.size));
        expectSame(naiveEvaluate(concat(a, b), input), { data, channels: 6, size: ya.size });
      }),
      runs(100),
    );
  });

  test('convolutions of equal parts of the channels come out as one grouped convolution', () => {
    const part = (seed: number) =>
      convFrom({
        axes: [{ kernel: 3, stride: 1, dilation: 1, padBegin: 1, padEnd: 1 }],
        outChannels: 2,
        inChannels: 3,
        groups: 1,
        biased: true,
        seed,
      });
    const parts = [0, 1, 2].map((index) => compose(part(index + 1), select(9, 3 * index, 3)));
    const whole = concat(...parts);
    expect(largestGroups(whole)).toBe(3);
    expect(toConv(whole).weight.length).toBe(3 * 2 * 3 * 3);
  });

  test('parts that trade places are not grouped', () => {
    const scale = conv({ weight: [2, 3], outChannels: 2, inChannels: 2, groups: 2 });
    expect(largestGroups(concat(compose(scale, select(4, 2, 2)), compose(scale, select(4, 0, 2))))).toBe(1);
  });

  test('is the sum of embeddings', () => {
    const parts = [
      conv({ weight: [1, 2], outChannels: 1, inChannels: 2 }),
      conv({ weight: [3, 4], outChannels: 1, inChannels: 2 }),
    ];
    const sum = add(compose(embed(2, 0, 1), parts[0]!), compose(embed(2, 1, 1), parts[1]!));
    const input = sampleOf(2, [3], 4);
    expectSame(naiveEvaluate(concat(...parts), input), naiveEvaluate(sum, input));
  });

  test('refuses outputs of different size', () => {
    const narrow = conv({ weight: [1, 1], outChannels: 1, inChannels: 1, kernel: [2] });
    const wide = conv({ weight: [1], outChannels: 1, inChannels: 1, kernel: [1] });
    expect(() => concat(narrow, wide)).toThrow(expect.objectContaining({ code: 'size-mismatch' }));
    expect(isRefusal(explainAdd([narrow, wide]))).toBe(true);
    expect(() => concat()).toThrow(/no operators/);
  });
});
