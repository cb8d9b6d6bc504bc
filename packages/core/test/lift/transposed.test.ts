import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Axis,
  add,
  arrayOf,
  batchNorm,
  compose,
  conv,
  convTransposeOf,
  evaluate,
  explainAdd,
  explainCompose,
  identity,
  isRefusal,
  type Operator,
  scale,
  swapChannels,
  toConv,
} from '../../src/index.ts';
import { axisArb, batchNormFrom, convFrom, runs, sampleOf, seeds, signedValues } from '../arbitraries.ts';
import { expectSame } from '../matchers.ts';
import { naiveEvaluate, naiveSize } from '../naive.ts';

interface Shape {
  readonly axes: readonly Axis[];
  readonly groups: number;
  readonly biased: boolean;
  readonly seed: number;
}

const shapes: fc.Arbitrary<Shape> = fc
  .record({ rank: fc.constantFrom(1, 2), groups: fc.constantFrom(1, 2, 4), biased: fc.boolean(), seed: seeds })
  .chain(({ rank, ...rest }) =>
    fc
      .tuple(...Array.from({ length: rank }, () => axisArb({ minPad: 0, maxPad: 2 })))
      .map((axes) => ({ ...rest, axes })),
  );

const build = ({ axes, groups, biased, seed }: Shape): Operator =>
  convFrom({ axes, outChannels: 4, inChannels: 8, groups, biased, seed }, 'transposed');

function isUsable(operator: Operator, size: readonly number[]): boolean {
  return naiveSize(operator, size).every((n) => n >= 1);
}

describe('a transposed convolution', () => {
  test('evaluates as the formula read from input to output', () => {
    fc.assert(
      fc.property(shapes, fc.integer({ min: 1, max: 5 }), (shape, n) => {
        const operator = build(shape);
        const size = shape.axes.map(() => n);
        fc.pre(isUsable(operator, size));
        const input = sampleOf(8, size, shape.seed);
        expectSame(evaluate(operator, input), naiveEvaluate(operator, input));
      }),
      runs(150),
    );
  });

  test('is the transpose of the convolution with the same weights, channels swapped', () => {
    fc.assert(
      fc.property(shapes, fc.integer({ min: 2, max: 6 }), ({ axes, groups, seed }, n) => {
        const shape = { axes, outChannels: 4, inChannels: 8, groups, biased: false, seed };
        const up = convFrom(shape, 'transposed');
        const taps = axes.reduce((total, axis) => total * axis.kernel, 1);
        const swapped = swapChannels(signedValues(up.weight.length, seed), groups, 4 / groups, 8 / groups, taps);
        const down = conv({
          weight: swapped,
          outChannels: 8,
          inChannels: 4,
          groups,
          kernel: axes.map((axis) => axis.kernel),
          stride: axes.map((axis) => axis.stride),
          dilation: axes.map((axis) => axis.dilation),
          padBegin: axes.map((axis) => axis.padBegin),
          padEnd: axes.map((axis) => axis.padEnd),
        });
        const size = axes.map(() => n);
        fc.pre(isUsable(up, size));
        const x = sampleOf(8, size, seed);
        const y = sampleOf(4, naiveSize(up, size), seed + 1);
        const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
        expect(dot(naiveEvaluate(up, x).data, y.data)).toBeCloseTo(dot(naiveEvaluate(down, y).data, x.data), 9);
      }),
      runs(100),
    );
  });

  test('takes in a scale and shift after it, and a scale before it', () => {
    fc.assert(
      fc.property(shapes, fc.integer({ min: 1, max: 4 }), (shape, n) => {
        const operator = build(shape);
        const size = shape.axes.map(() => n);
        fc.pre(isUsable(operator, size));
        const input = sampleOf(8, size, shape.seed);
        const norm = batchNorm(batchNormFrom(4, shape.seed));
        expectSame(evaluate(compose(norm, operator), input), naiveEvaluate(norm, naiveEvaluate(operator, input)));
        const factors = scale(8, batchNormFrom(8, shape.seed).gamma!);
        expectSame(evaluate(compose(operator, factors), input), naiveEvaluate(operator, naiveEvaluate(factors, input)));
      }),
      runs(100),
    );
  });

  test('takes in pointwise convolutions on both sides, of any groups', () => {
    fc.assert(
      fc.property(shapes, fc.constantFrom(1, 2, 4), seeds, (shape, groups, seed) => {
        const operator = build(shape);
        const size = shape.axes.map(() => 3);
        fc.pre(isUsable(operator, size));
        const before = convFrom({ axes: [], outChannels: 8, inChannels: 4, groups, biased: false, seed });
        const after = convFrom({ axes: [], outChannels: 8, inChannels: 4, groups, biased: true, seed });
        const input = sampleOf(4, size, seed);
        const expected = naiveEvaluate(after, naiveEvaluate(operator, naiveEvaluate(before, input)));
        expectSame(evaluate(compose(after, compose(operator, before)), input), expected);
        expectSame(evaluate(compose(compose(after, operator), before), input), expected);
      }),
      runs(60),
    );
  });

  const axis: Axis = { kernel: 3, stride: 2, dilation: 1, padBegin: 1, padEnd: 0 };
  const up = build({ axes: [axis], groups: 1, biased: true, seed: 3 });

  test('adds to one of equal geometry, and to no other', () => {
    const other = build({ axes: [axis], groups: 2, biased: true, seed: 9 });
    const input = sampleOf(8, [4], 5);
    const [a, b] = [naiveEvaluate(up, input), naiveEvaluate(other, input)];
    const sum = { ...a, data: a.data.map((value, i) => value + b.data[i]!) };
    expectSame(evaluate(add(up, other), input), sum);
    const wider = build({ axes: [{ ...axis, padEnd: 1 }], groups: 1, biased: false, seed: 1 });
    expect(explainAdd([up, wider])).toMatchObject({ reason: 'transposed' });
    const plain = convFrom({
      axes: [{ ...axis, stride: 1 }],
      outChannels: 4,
      inChannels: 8,
      groups: 1,
      biased: false,
      seed: 1,
    });
    expect(explainAdd([up, plain])).toMatchObject({ reason: 'transposed' });
    expect(explainAdd([plain, up])).toMatchObject({ reason: 'transposed' });
  });

  test('does not compose with a shift before it, a window, or another transposed convolution', () => {
    expect(explainCompose(up, scale(8, 1, 1))).toMatchObject({ reason: 'border' });
    const windowAfter = convFrom({ axes: [axis], outChannels: 4, inChannels: 4, groups: 1, biased: false, seed: 1 });
    expect(explainCompose(windowAfter, up)).toMatchObject({ reason: 'transposed' });
    const second = convTransposeOf(arrayOf(signedValues(4 * 4 * 3, 1)), null, {
      outChannels: 4,
      inChannels: 4,
      groups: 1,
      axes: [axis],
    });
    expect(explainCompose(second, up)).toMatchObject({ reason: 'transposed' });
    expect(isRefusal(explainCompose(up, identity(8)))).toBe(false);
  });

  test('is no plain convolution', () => {
    expect(() => toConv(up)).toThrow(/transposed/);
  });
});
