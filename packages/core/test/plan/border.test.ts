/** Shifts that padding reads: cancelled by a ring that holds them, or written as a map where that is allowed and cheaper. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ValueId } from '../../src/index.ts';
import { appendOnes } from '../../src/repair/index.ts';
import { batchNormFrom, runFactor, signedValues } from '../arbitraries.ts';
import { GraphBuilder } from '../graph-builder.ts';
import { checkBookkeeping, checkRewrites, runPlanned } from './check-plan.ts';
import { fuse, windowsOf } from './expect-plan.ts';

const threeByThree = [
  [3, 1, 1],
  [3, 1, 1],
];

/** Conv 1x1 with a bias, a ring around it, and a convolution without padding; a 3x3 beside them. */
function ringed(ring: (bias: Float64Array) => Float64Array, shape: (number | string)[]) {
  const builder = new GraphBuilder(5);
  const x = builder.input(...shape);
  const bias = signedValues(4, 9);
  const middle = builder.shift(builder.conv(x), bias);
  const deep = builder.conv(builder.ring(middle, 1, ring(bias)), { kernel: 3, padding: 0, bias: true });
  builder.keep(builder.add(deep, builder.conv(x, { kernel: 3 })));
  return builder;
}

describe.each([
  ['fixed', [1, 4, 9, 7]],
  ['symbolic', ['N', 4, 'H', 'W']],
])('a ring of the bias, %s size', (_, shape) => {
  test('1x1 -> ring -> 3x3 is one 3x3, with no map', () => {
    const fused = fuse(ringed((bias) => bias, shape));
    expect(fused).toMatchObject({ steps: [['conv']], left: 1 });
    expect(windowsOf(fused)).toEqual([threeByThree]);
    expect(fused.plan.rewrites[0]!.affine.rounded).toBeUndefined();
  });

  test('a ring that the model computed in float32 is taken as the bias it stands for', () => {
    const fused = fuse(
      ringed((bias) => bias.map(Math.fround), shape),
      {},
    );
    expect(fused).toMatchObject({ steps: [['conv']], left: 1 });
    expect(fused.plan.rewrites[0]!.affine.rounded).toBe(true);
  });

  test('a ring of anything else stays', () => {
    const fused = fuse(ringed((bias) => bias.map((value, c) => (c === 2 ? value + 0.001 : value)), shape));
    expect(fused.left).toBeGreaterThan(2);
    expect(fused.steps.flat()).not.toContain('map');
  });
});

/** Branches of BatchNormalization -> padded 3x3 (RepBlock with the norm in front). */
function normFirst(builder: GraphBuilder, x: ValueId, branches: number): ValueId {
  const branch = (k: number) => builder.conv(builder.batchNorm(x, batchNormFrom(4, 31 + k)), { kernel: 3, bias: true });
  return Array.from({ length: branches }, (_, k) => branch(k)).reduce((a, b) => builder.add(a, b));
}

const normedBranch = fc.record({
  norm: fc.constantFrom('none', 'norm', 'shift'),
  kernel: fc.constantFrom(1, 3, 3, 5, 2),
  dilation: fc.constantFrom(1, 1, 2),
  seed: fc.nat(1000),
});

test('at free sizes, whatever branches a channel of ones joins compute what they computed', () => {
  let appended = 0;
  fc.assert(
    fc.property(
      fc.array(normedBranch, { minLength: 2, maxLength: 4 }),
      fc.constantFrom(1, 1, 2),
      fc.constantFrom(['N', 4, 'H', 'W'], [1, 3, 'H'], [2, 4, 'S', 'S']),
      fc.integer({ min: 1, max: 6 }),
      (branches, stride, shape, out) => {
        const builder = new GraphBuilder(branches[0]!.seed);
        const x = builder.input(...shape);
        const sum = branches
          .map(({ norm, kernel, dilation, seed }) => {
            const channels = shape[1] as number;
            const inner =
              norm === 'none'
                ? x
                : norm === 'norm'
                  ? builder.batchNorm(x, batchNormFrom(channels, seed))
                  : builder.shift(x, signedValues(channels, seed));
            return builder.conv(inner, { kernel, dilation, stride, out, bias: true });
          })
          .reduce((a, b) => builder.add(a, b));
        builder.keep(builder.relu(sum));
        const planned = runPlanned({ ...builder.build(), appendOnes }, branches[0]!.seed, { border: 'repair' });
        appended += planned.plan.rewrites.filter(({ lowering }) =>
          lowering.steps.some(({ op }) => op === 'ones'),
        ).length;
        checkRewrites(planned);
        checkBookkeeping(planned);
      },
    ),
    { numRuns: Math.round(200 * runFactor) },
  );
  expect(appended).toBeGreaterThan(20 * runFactor);
});

describe('a norm before padded convolutions', () => {
  test('is refused by default', () => {
    const builder = new GraphBuilder(6);
    builder.keep(normFirst(builder, builder.input(1, 4, 8, 8), 2));
    const fused = fuse(builder);
    expect(fused.refusals).toContain('border');
    expect(fused.plan.rewrites).toEqual([]);
  });

  test('under repair it becomes one convolution and one map', () => {
    const builder = new GraphBuilder(6);
    builder.keep(normFirst(builder, builder.input(2, 4, 8, 8), 3));
    const fused = fuse(builder, { border: 'repair' });
    expect(fused.steps).toEqual([['conv', 'map']]);
    expect(fused.left).toBe(1);
  });

  test('alone before one padded convolution it stays where it is: a map costs as much', () => {
    const builder = new GraphBuilder(6);
    builder.keep(normFirst(builder, builder.input(1, 4, 8, 8), 1));
    expect(fuse(builder, { border: 'repair' }).plan.rewrites).toEqual([]);
  });

  test('with a symbolic size a channel of ones holds all of them', () => {
    const builder = new GraphBuilder(6);
    builder.keep(normFirst(builder, builder.input('N', 4, 'H', 'W'), 3));
    builder.appendOnes = appendOnes;
    const fused = fuse(builder, { border: 'repair' });
    expect(fused.steps).toEqual([['ones', 'conv']]);
    expect(fused.left).toBe(1);
  });

  test('with a symbolic size, one alone stays where it is, and depthwise ones do', () => {
    const builder = new GraphBuilder(6);
    builder.appendOnes = appendOnes;
    builder.keep(normFirst(builder, builder.input('N', 4, 'H', 'W'), 1));
    expect(fuse(builder, { border: 'repair' }).plan.rewrites).toEqual([]);
    const grouped = new GraphBuilder(6);
    grouped.appendOnes = appendOnes;
    const x = grouped.input('N', 4, 'H', 'W');
    const branch = (k: number) =>
      grouped.conv(grouped.batchNorm(x, batchNormFrom(4, 31 + k)), { kernel: 3, groups: 4, bias: true });
    grouped.keep(grouped.add(branch(1), branch(2)));
    expect(fuse(grouped, { border: 'repair' }).plan.rewrites).toEqual([]);
  });

  test('a shift before a transposed convolution becomes a map behind it', () => {
    const builder = new GraphBuilder(6);
    const x = builder.input(1, 4, 5, 5);
    const up = (seed: number) => builder.transposed(builder.batchNorm(x, batchNormFrom(4, 31 + seed)));
    builder.keep(builder.add(up(1), up(2)));
    const fused = fuse(builder, { border: 'repair' });
    expect(fused.steps).toEqual([['transposed', 'map']]);
  });
});
