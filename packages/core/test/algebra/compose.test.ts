import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  batchNorm,
  compose,
  embed,
  evaluate,
  explainCompose,
  gather,
  identity,
  isRefusal,
  type Operator,
  pad,
  readArray,
  scale,
  select,
} from '../../src/index.ts';
import {
  type AxisRange,
  batchNormFrom,
  chainArb,
  convArb,
  convFrom,
  hasOutputs,
  ranks,
  runs,
  sampleOf,
  seeds,
} from '../arbitraries.ts';
import { expectSame } from '../matchers.ts';
import { listIndices, naiveEvaluate, naiveSize } from '../naive.ts';

/** Sizes 1 to 9 on every axis where that is few enough, else equal sizes on all axes and some that differ. */
function sizesFor(rank: number): number[][] {
  if (rank <= 1) return listIndices(new Array(rank).fill(9)).map((size) => size.map((n) => n + 1));
  const equal = Array.from({ length: rank === 2 ? 9 : 5 }, (_, n) => new Array<number>(rank).fill(n + 1));
  const uneven =
    rank === 2
      ? [
          [1, 8],
          [9, 2],
          [3, 4],
        ]
      : [
          [1, 4, 2],
          [5, 1, 3],
        ];
  return [...equal, ...uneven];
}

/** The composition computes `second(first(x))` at this size, wherever both have outputs. Returns whether they have. */
function expectComposed(composed: Operator, second: Operator, first: Operator, size: number[], seed: number): boolean {
  if (!hasOutputs(first, size)) return false;
  if (!hasOutputs(second, naiveSize(first, size))) return false;
  const input = sampleOf(first.inChannels, size, seed);
  expectSame(naiveEvaluate(composed, input), naiveEvaluate(second, naiveEvaluate(first, input)));
  return true;
}

const wide: AxisRange = { minPad: -3, maxPad: 5 };

describe('compose', () => {
  test('what it accepts equals second(first(x)) at every size from 1 to 9', () => {
    let accepted = 0;
    const cases = ranks.chain((rank) => fc.tuple(chainArb(rank, wide), fc.constant(rank), seeds));
    fc.assert(
      fc.property(cases, ([[second, first], rank, seed]) => {
        const composed = explainCompose(second, first);
        if (isRefusal(composed)) return;
        accepted++;
        for (const size of sizesFor(rank)) expectComposed(composed, second, first, size, seed);
      }),
      runs(400),
    );
    expect(accepted).toBeGreaterThan(50);
  });

  test('what it accepts for a given input size is equal at that size', () => {
    let settled = 0;
    const cases = fc.constantFrom(1, 1, 2).chain((rank) => fc.tuple(chainArb(rank, wide), fc.constant(rank), seeds));
    fc.assert(
      fc.property(cases, ([[second, first], rank, seed]) => {
        for (const size of sizesFor(rank)) {
          const composed = explainCompose(second, first, { inputSize: size });
          if (isRefusal(composed)) continue;
          const compared = expectComposed(composed, second, first, size, seed);
          if (compared && isRefusal(explainCompose(second, first))) settled++;
        }
      }),
      runs(400),
    );
    expect(settled).toBeGreaterThan(0); // about 50
  });

  test('what it refuses is wrong at some size, where the second window leaves out no position', () => {
    const range = { ...wide, kernel: 3 };
    const cases = fc.tuple(chainArb(1, { ...range, stride: 1, dilation: 1 }), chainArb(1, range), seeds);
    fc.assert(
      fc.property(cases, ([[second], [, first], seed]) => {
        const refusal = explainCompose(second, first);
        const hasZeros = [second, first].some(({ weight }) => readArray(weight).some((value) => value === 0));
        if (!isRefusal(refusal) || hasZeros) return; // a weight of 0 may hide what the padding would read
        const composed = compose(second, first, { interior: true });
        const differs = Array.from({ length: 24 }, (_, n) => [n + 1]).some((size) => {
          if (!hasOutputs(first, size) || !hasOutputs(second, naiveSize(first, size))) return false;
          const input = sampleOf(first.inChannels, size, seed);
          const [actual, expected] = [
            naiveEvaluate(composed, input),
            naiveEvaluate(second, naiveEvaluate(first, input)),
          ];
          return actual.data.some((value, i) => Math.abs(value - expected.data[i]!) > 1e-9);
        });
        const everDefined = Array.from({ length: 24 }, (_, n) => [n + 1]).some(
          (size) => hasOutputs(first, size) && hasOutputs(second, naiveSize(first, size)),
        );
        expect(differs || !everDefined).toBe(true);
      }),
      runs(300),
    );
  });

  test('with `interior` it is exact at every output whose window stays inside the middle', () => {
    const cases = fc
      .constantFrom(1, 2)
      .chain((rank) => fc.tuple(chainArb(rank), seeds, fc.integer({ min: 1, max: 9 })));
    fc.assert(
      fc.property(cases, ([[second, first], seed, n]) => {
        const size = first.axes.map(() => n);
        fc.pre(hasOutputs(first, size) && hasOutputs(second, naiveSize(first, size)));
        const input = sampleOf(first.inChannels, size, seed);
        const middle = naiveEvaluate(first, input);
        const expected = naiveEvaluate(second, middle);
        const actual = evaluate(compose(second, first, { interior: true }), input);
        expect(actual.size).toEqual(expected.size);
        const positions = listIndices(expected.size);
        positions.forEach((position, p) => {
          const inside = second.axes.every((axis, a) => {
            const start = axis.stride * position[a]! - axis.padBegin;
            return start >= 0 && start + axis.dilation * (axis.kernel - 1) < middle.size[a]!;
          });
          for (let c = 0; inside && c < expected.channels; c++) {
            const index = c * positions.length + p;
            expect(Math.abs(actual.data[index]! - expected.data[index]!)).toBeLessThan(1e-12);
          }
        });
      }),
      runs(200),
    );
  });

  test('is associative where both orders are accepted', () => {
    const axes = { kernel: 3, stride: 2, dilation: 2, minPad: -1, maxPad: 3 };
    const cases = fc.tuple(chainArb(1, axes), chainArb(1, axes), fc.integer({ min: 1, max: 9 }), seeds);
    fc.assert(
      fc.property(cases, ([[third, second], [, first], n, seed]) => {
        const left = explainCompose(third, second);
        const right = explainCompose(second, first);
        if (isRefusal(left) || isRefusal(right)) return;
        const [a, b] = [explainCompose(left, first), explainCompose(third, right)];
        if (isRefusal(a) || isRefusal(b)) return;
        fc.pre(hasOutputs(a, [n]));
        const input = sampleOf(4, [n], seed);
        expectSame(naiveEvaluate(a, input), naiveEvaluate(b, input));
      }),
      runs(300),
    );
  });

  test('a batch norm after any convolution is always one convolution, with the same window', () => {
    const cases = ranks.chain((rank) => fc.tuple(convArb(rank, wide), seeds));
    fc.assert(
      fc.property(cases, ([first, seed]) => {
        const norm = batchNorm(batchNormFrom(first.outChannels, seed));
        const composed = compose(norm, first);
        composed.axes.forEach((axis, a) => {
          const { kernel, padBegin, padEnd, stride } = first.axes[a]!;
          expect(axis).toMatchObject({ kernel, padBegin, padEnd, stride });
        });
        expect(composed.support).toEqual(first.support);
        for (const size of sizesFor(first.axes.length).slice(0, 6)) expectComposed(composed, norm, first, size, seed);
      }),
      runs(150),
    );
  });

  test('a scale before a padded convolution is one convolution; a shift is not', () => {
    const cases = fc.tuple(convArb(2, { minPad: 1, maxPad: 3 }), seeds);
    fc.assert(
      fc.property(cases, ([second, seed]) => {
        const factors = batchNormFrom(second.inChannels, seed).gamma!;
        const composed = compose(second, scale(second.inChannels, factors));
        for (const n of [1, 2, 3, 5]) {
          expectComposed(composed, second, scale(second.inChannels, factors), [n, n], seed);
        }
        const shifted = explainCompose(second, scale(second.inChannels, factors, 1));
        expect(shifted).toMatchObject({ reason: 'border' });
      }),
      runs(60),
    );
  });

  test('selections, gathers and embeddings compose with convolutions of any groups', () => {
    const cases = fc.tuple(fc.constantFrom(1, 2, 3, 6), fc.constantFrom(1, 2, 3, 6), seeds);
    fc.assert(
      fc.property(cases, ([groups1, groups2, seed]) => {
        const axes = [{ kernel: 2, stride: 1, dilation: 1, padBegin: 0, padEnd: 0 }];
        const shape = { axes, outChannels: 6, inChannels: 6, biased: true };
        const first = convFrom({ ...shape, groups: groups1, seed });
        const second = convFrom({ ...shape, groups: groups2, seed: seed + 5 });
        const chosen = gather(6, [4, 0, 1, 5, 3, 2]);
        const moves = [chosen, compose(embed(6, 2, 3), select(6, 1, 3))];
        for (const move of moves) {
          const before = compose(second, move);
          const after = compose(move, first);
          const both = compose(second, compose(move, first));
          for (const n of [2, 3, 4]) {
            expectComposed(before, second, move, [n], seed);
            expectComposed(after, move, first, [n], seed);
            const input = sampleOf(6, [n], seed);
            const expected = naiveEvaluate(second, naiveEvaluate(move, naiveEvaluate(first, input)));
            if (n > 2) expectSame(naiveEvaluate(both, input), expected);
          }
        }
      }),
      runs(60),
    );
  });

  test('operators without axes compose with operators of any rank', () => {
    fc.assert(
      fc.property(convArb(2), seeds, (spatial, seed) => {
        const before = convFrom({
          axes: [],
          outChannels: spatial.inChannels,
          inChannels: 2,
          groups: 1,
          biased: false,
          seed,
        });
        const after = convFrom({
          axes: [],
          outChannels: 3,
          inChannels: spatial.outChannels,
          groups: 1,
          biased: true,
          seed,
        });
        for (const n of [1, 3, 6]) {
          expectComposed(compose(after, spatial), after, spatial, [n, n], seed);
          expectComposed(compose(spatial, before), spatial, before, [n, n], seed);
        }
      }),
      runs(60),
    );
  });

  test('the identity is neutral on both sides', () => {
    fc.assert(
      fc.property(convArb(2), (operator) => {
        expect(compose(identity(operator.outChannels), operator)).toBe(operator);
        expect(compose(operator, identity(operator.inChannels))).toBe(operator);
      }),
      runs(30),
    );
  });

  test('zero padding before an unpadded or padded convolution becomes its padding', () => {
    fc.assert(
      fc.property(
        convArb(2, { minPad: 0, maxPad: 2 }),
        fc.array(fc.nat(3), { minLength: 4, maxLength: 4 }),
        seeds,
        (second, pads, seed) => {
          const first = pad(second.inChannels, pads.slice(0, 2), pads.slice(2));
          const composed = compose(second, first);
          composed.axes.forEach((axis, a) => {
            expect(axis.padBegin).toBe(second.axes[a]!.padBegin + pads[a]!);
          });
          for (const n of [1, 2, 4]) expectComposed(composed, second, first, [n, n], seed);
        },
      ),
      runs(60),
    );
  });
});
