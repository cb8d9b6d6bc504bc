import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Axis,
  add,
  arrayOf,
  compose,
  conv,
  identity,
  type Operator,
  readArray,
  scale,
  simplify,
  toConv,
} from '../../src/index.ts';
import { convArb, convFrom, hasOutputs, ranks, runs, sampleOf, seeds } from '../arbitraries.ts';
import { expectSame } from '../matchers.ts';
import { naiveEvaluate } from '../naive.ts';

/** The operator with every tap cleared whose index on some axis is not kept. */
function clearTaps(operator: Operator, isKept: (k: number, axis: number) => boolean): Operator {
  const kernel = operator.axes.map((axis) => axis.kernel);
  const taps = kernel.reduce((total, k) => total * k, 1);
  const weight = readArray(operator.weight).map((value, index) => {
    let rest = index % taps;
    for (let axis = kernel.length - 1; axis >= 0; axis--) {
      if (!isKept(rest % kernel[axis]!, axis)) return 0;
      rest = Math.floor(rest / kernel[axis]!);
    }
    return value;
  });
  return { ...operator, weight: arrayOf(weight) };
}

const sparseArb = ranks.chain((rank) =>
  fc
    .tuple(convArb(rank, { kernel: rank === 3 ? 3 : 5 }), fc.array(fc.nat(31), { minLength: rank, maxLength: rank }))
    .map(([operator, masks]) => clearTaps(operator, (k, axis) => ((masks[axis]! >> k) & 1) === 1)),
);

describe('simplify', () => {
  test('computes the same, with outputs of the same size, and no larger kernel', () => {
    const cases = fc.tuple(sparseArb, fc.integer({ min: 1, max: 7 }), seeds);
    fc.assert(
      fc.property(cases, ([operator, n, seed]) => {
        const size = operator.axes.map(() => n);
        const simple = simplify(operator);
        for (const [a, axis] of simple.axes.entries())
          expect(axis.kernel).toBeLessThanOrEqual(operator.axes[a]!.kernel);
        fc.pre(hasOutputs(operator, size));
        const input = sampleOf(operator.inChannels, size, seed);
        expectSame(naiveEvaluate(simple, input), naiveEvaluate(operator, input));
      }),
      runs(300),
    );
  });

  test('is idempotent', () => {
    fc.assert(
      fc.property(sparseArb, (operator) => {
        const once = simplify(operator);
        const twice = simplify(once);
        expect(twice.axes).toEqual(once.axes);
        expect([...readArray(twice.weight)]).toEqual([...readArray(once.weight)]);
      }),
      runs(100),
    );
  });

  test('a padded 3x3 whose rim is zero is a 1x1 without padding', () => {
    const operator = conv({
      weight: [0, 0, 0, 0, 7, 0, 0, 0, 0],
      outChannels: 1,
      inChannels: 1,
      kernel: [3, 3],
      padBegin: [1, 1],
    });
    const { axes, weight } = simplify(operator);
    expect(axes.map((axis) => [axis.kernel, axis.padBegin, axis.padEnd])).toEqual([
      [1, 0, 0],
      [1, 0, 0],
    ]);
    expect([...readArray(weight)]).toEqual([7]);
  });

  test('a kernel stored with zeros between its taps is a dilated one', () => {
    const operator = conv({
      weight: [0, 1, 0, 0, 2, 0, 0, 3],
      outChannels: 1,
      inChannels: 1,
      kernel: [8],
      padBegin: [4],
      padEnd: [3],
    });
    expect(simplify(operator).axes).toEqual([{ kernel: 3, stride: 1, dilation: 3, padBegin: 3, padEnd: 3 }]);
  });

  test('a kernel of zeros becomes one tap', () => {
    const operator = conv({
      weight: new Array(25).fill(0),
      outChannels: 1,
      inChannels: 1,
      kernel: [5, 5],
      padBegin: [2, 2],
    });
    expect(simplify(operator).axes.map((axis) => [axis.kernel, axis.padBegin, axis.padEnd])).toEqual([
      [1, 0, 0],
      [1, 0, 0],
    ]);
  });
});

const asOperator = (operator: Operator): Operator => {
  const { weight, bias, ...shape } = toConv(operator);
  return conv({ weight, bias, ...shape });
};

describe('toConv', () => {
  test('is a plain convolution with padding >= 0 that computes the same', () => {
    const cases = fc.tuple(sparseArb, fc.integer({ min: 1, max: 7 }), seeds);
    fc.assert(
      fc.property(cases, ([operator, n, seed]) => {
        const plain = toConv(operator);
        expect(Math.min(0, ...plain.padBegin, ...plain.padEnd)).toBe(0);
        expect(operator.outChannels % plain.groups).toBe(0);
        expect(operator.inChannels % plain.groups).toBe(0);
        const size = operator.axes.map(() => n);
        fc.pre(hasOutputs(operator, size));
        const input = sampleOf(operator.inChannels, size, seed);
        expectSame(naiveEvaluate(conv(plain), input), naiveEvaluate(operator, input));
      }),
      runs(300),
    );
  });

  test('finds the groups of moved and merged blocks', () => {
    const axes: Axis[] = [{ kernel: 3, stride: 1, dilation: 1, padBegin: 1, padEnd: 1 }];
    const grouped = (groups: number, seed: number) =>
      convFrom({ axes, outChannels: 8, inChannels: 16, groups, biased: true, seed });
    fc.assert(
      fc.property(fc.constantFrom(1, 2, 4, 8), fc.constantFrom(1, 2, 4, 8), seeds, (a, b, seed) => {
        const sum = add(grouped(a, seed), grouped(b, seed + 1));
        expect(toConv(sum).groups).toBe(Math.min(a, b));
        const input = sampleOf(16, [5], seed);
        expectSame(naiveEvaluate(asOperator(sum), input), naiveEvaluate(sum, input));
      }),
      runs(30),
    );
  });

  test('a scale after an identity is depthwise; a bias is always there', () => {
    const plain = toConv(compose(scale(4, [1, 2, 3, 4]), identity(4)));
    expect(plain.groups).toBe(4);
    expect([...plain.weight]).toEqual([1, 2, 3, 4]);
    expect([...plain.bias]).toEqual([0, 0, 0, 0]);
  });

  test('writes cropping as taps of zero weight', () => {
    const cropped = conv({ weight: [5], outChannels: 1, inChannels: 1, kernel: [1], padBegin: [-2], padEnd: [-2] });
    const plain = toConv(cropped);
    expect([...plain.weight]).toEqual([0, 5, 0]);
    expect(plain).toMatchObject({ kernel: [3], dilation: [2], padBegin: [0], padEnd: [0] });
  });
});
