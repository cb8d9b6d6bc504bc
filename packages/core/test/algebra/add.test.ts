import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Axis,
  add,
  averagePool,
  conv,
  explainAdd,
  identity,
  isRefusal,
  largestGroups,
  type Operator,
  pad,
  ReparamError,
  ShapeError,
  symbol,
} from '../../src/index.ts';
import { axisArb, convFrom, hasOutputs, runs, sampleOf, seeds } from '../arbitraries.ts';
import { expectSame } from '../matchers.ts';
import { naiveEvaluate, naiveSize } from '../naive.ts';

function expectSum(sum: Operator, parts: readonly Operator[], size: readonly number[], seed: number): void {
  const input = sampleOf(sum.inChannels, size, seed);
  const outputs = parts.map((part) => naiveEvaluate(part, input));
  const expected = {
    ...outputs[0]!,
    data: outputs[0]!.data.map((_, i) => outputs.reduce((t, y) => t + y.data[i]!, 0)),
  };
  expectSame(naiveEvaluate(sum, input), expected);
}

/** Axes of equal stride; their sizes agree for all inputs, or for some, or for none. */
const branchesArb = (rank: number) =>
  fc.record({
    stride: fc.integer({ min: 1, max: 3 }),
    branches: fc.array(
      fc.record({
        axes: fc.tuple(...Array.from({ length: rank }, () => axisArb({ minPad: -2, maxPad: 3 }))),
        groups: fc.constantFrom(1, 2, 4),
        biased: fc.boolean(),
      }),
      { minLength: 2, maxLength: 4 },
    ),
    seed: seeds,
  });

function build(
  {
    stride,
    branches,
    seed,
  }: { stride: number; seed: number; branches: readonly { axes: readonly Axis[]; groups: number; biased: boolean }[] },
  equalSizes: boolean,
) {
  const first = branches[0]!.axes;
  return branches.map(({ axes, groups, biased }, index) => {
    const own = axes.map((axis, a) => {
      const reach = (x: Axis) => x.padBegin + x.padEnd - x.dilation * (x.kernel - 1);
      const wanted = reach(first[a]!) - reach(axis);
      return { ...axis, stride, padEnd: axis.padEnd + (equalSizes ? wanted : 0) };
    });
    return convFrom({ axes: own, outChannels: 4, inChannels: 4, groups, biased, seed: seed + 100 * index });
  });
}

describe('add', () => {
  test('equals the sum of the outputs at every size, for any kernels, dilations, paddings and groups', () => {
    const cases = fc.constantFrom(1, 1, 2).chain((rank) => fc.tuple(branchesArb(rank), fc.constant(rank)));
    fc.assert(
      fc.property(cases, ([shape, rank]) => {
        const parts = build(shape, true);
        const sum = add(...parts);
        for (let n = 1; n <= 9; n++) {
          const size = new Array<number>(rank).fill(n);
          if (parts.every((part) => hasOutputs(part, size))) expectSum(sum, parts, size, shape.seed);
        }
      }),
      runs(150),
    );
  });

  test('with an input size, what it accepts equals the sum of the outputs at that size', () => {
    let settled = 0;
    fc.assert(
      fc.property(branchesArb(1), fc.integer({ min: 1, max: 12 }), (shape, n) => {
        const parts = build({ ...shape, branches: shape.branches.slice(0, 3) }, false);
        const sum = explainAdd(parts, [n]);
        const sizes = parts.map((part) => naiveSize(part, [n]).join());
        if (isRefusal(sum)) {
          expect(new Set(sizes).size > 1 || !parts.every((part) => hasOutputs(part, [n]))).toBe(true);
          return;
        }
        if (!parts.every((part) => hasOutputs(part, [n]))) return;
        expect(new Set(sizes).size).toBe(1);
        if (isRefusal(explainAdd(parts))) settled++;
        expectSum(sum, parts, [n], shape.seed);
      }),
      runs(600),
    );
    expect(settled).toBeGreaterThan(0); // about 20
  });

  test('does not depend on the order of the terms', () => {
    fc.assert(
      fc.property(branchesArb(1), (shape) => {
        const parts = build(shape, true);
        const [one, other] = [add(...parts), add(...[...parts].reverse())];
        expect(other.axes).toEqual(one.axes);
        for (const n of [3, 8]) {
          if (!hasOutputs(one, [n])) continue;
          const input = sampleOf(4, [n], shape.seed);
          expectSame(naiveEvaluate(other, input), naiveEvaluate(one, input));
        }
      }),
      runs(100),
    );
  });

  test('a 1x1 and an identity meet the centre tap of a padded 3x3', () => {
    const three = conv({
      weight: [1, 2, 3, 4, 5, 6, 7, 8, 9],
      outChannels: 1,
      inChannels: 1,
      kernel: [3, 3],
      padBegin: [1, 1],
    });
    const one = conv({ weight: [10], outChannels: 1, inChannels: 1, kernel: [1, 1] });
    const sum = add(three, one, identity(1));
    expect([...sum.weight.compute(new Map())]).toEqual([1, 2, 3, 4, 16, 6, 7, 8, 9]);
  });

  test('at stride 2, a 1x1 branch of a same-upper padded 3x3 meets tap 0 for even sizes and tap 1 for odd', () => {
    // same-upper, stride 2, kernel 3: even sizes pad (0, 1), odd sizes pad (1, 1).
    const threeFor = (padBegin: number) =>
      conv({
        weight: [1, 2, 3],
        outChannels: 1,
        inChannels: 1,
        kernel: [3],
        stride: [2],
        padBegin: [padBegin],
        padEnd: [1],
      });
    const one = conv({ weight: [10], outChannels: 1, inChannels: 1, kernel: [1], stride: [2] });
    expect([...add(threeFor(1), one).weight.compute(new Map())]).toEqual([1, 12, 3]);
    const even = explainAdd([threeFor(0), one], [8]);
    expect(isRefusal(even) ? even.reason : [...even.weight.compute(new Map())]).toEqual([11, 2, 3]);
  });

  test('dilated branches of a large kernel land on its taps (UniRepLKNet K = 13)', () => {
    const parts = [
      [13, 1],
      [5, 1],
      [7, 2],
      [3, 3],
      [3, 4],
      [3, 5],
    ].map(([kernel, dilation], index) =>
      convFrom({
        axes: [1, 2].map(() => {
          const padding = (dilation! * (kernel! - 1)) / 2;
          return { kernel: kernel!, stride: 1, dilation: dilation!, padBegin: padding, padEnd: padding };
        }),
        outChannels: 2,
        inChannels: 2,
        groups: 2,
        biased: true,
        seed: index + 1,
      }),
    );
    const sum = add(...parts);
    expect(sum.axes.map((axis) => [axis.kernel, axis.dilation, axis.padBegin, axis.padEnd])).toEqual([
      [13, 1, 6, 6],
      [13, 1, 6, 6],
    ]);
    expectSum(sum, parts, [7, 9], 3);
  });

  test('branches of different groups have the gcd of the groups', () => {
    const part = (groups: number) =>
      convFrom({ axes: [], outChannels: 24, inChannels: 24, groups, biased: false, seed: groups });
    expect(largestGroups(add(part(4), part(6)))).toBe(2);
    expect(largestGroups(add(part(4), part(8)))).toBe(4);
    expect(largestGroups(add(part(24), identity(24)))).toBe(24);
    expect(largestGroups(add(part(3), part(8)))).toBe(1);
    for (const [a, b] of [
      [4, 6],
      [3, 8],
      [2, 12],
    ])
      expectSum(add(part(a!), part(b!)), [part(a!), part(b!)], [3], 1);
  });

  test('a pooling and a cropped branch add to a convolution', () => {
    const point = { kernel: 3, stride: 1, dilation: 1, padBegin: 1, padEnd: 1 };
    const cropped = conv({ weight: [5, 7], outChannels: 1, inChannels: 1, kernel: [2], padBegin: [-1], padEnd: [2] });
    const parts = [averagePool(1, [point]), cropped, pad(1, [0])];
    for (const n of [1, 2, 3, 6]) expectSum(add(...parts), parts, [n], n);
  });

  test('one operator is its own sum', () => {
    const operator = identity(3);
    expect(add(operator)).toBe(operator);
  });

  test('refuses different strides', () => {
    const strided = (stride: number) =>
      conv({ weight: [1], outChannels: 1, inChannels: 1, kernel: [1], stride: [stride] });
    expect(explainAdd([strided(1), strided(2)])).toMatchObject({ reason: 'stride-mismatch' });
    expect(() => add(strided(1), strided(2))).toThrow(ReparamError);
  });

  test('refuses outputs of different size, and sizes that agree only for some inputs', () => {
    const padded = (kernel: number, padEnd: number, stride = 1) =>
      conv({
        weight: new Array(kernel).fill(1),
        outChannels: 1,
        inChannels: 1,
        kernel: [kernel],
        stride: [stride],
        padBegin: [0],
        padEnd: [padEnd],
      });
    expect(explainAdd([padded(3, 0), padded(1, 0)])).toMatchObject({ reason: 'size-mismatch' });
    expect(explainAdd([padded(3, 1, 2), padded(1, 0, 2)])).toMatchObject({ reason: 'size-mismatch' });
    expect(explainAdd([padded(3, 1, 2), padded(1, 0, 2)], [symbol('H')])).toMatchObject({ reason: 'size-mismatch' });
    expect(explainAdd([padded(3, 1, 2), padded(1, 0, 2)], [7])).toMatchObject({ reason: 'size-mismatch' });
    expect(isRefusal(explainAdd([padded(3, 1, 2), padded(1, 0, 2)], [8]))).toBe(false);
  });

  test('refuses channel counts that differ, and no operators at all', () => {
    expect(() => add(identity(2), identity(3))).toThrow(ShapeError);
    expect(() => add()).toThrow(/no operators/);
  });
});
