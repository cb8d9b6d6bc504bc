/** The unit block with all its options, against direct computations from its definition. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type BatchNormDescriptor,
  evaluate,
  type RepBlockOptions,
  type RepBlockWeights,
  type RepBranch,
  repairedRepBlock,
  repBlock,
  type Sample,
  ShapeError,
  toConv,
} from '../src/index.ts';
import { batchNormFrom, runs, sampleOf, seeds, signedValues } from './arbitraries.ts';
import { expectSame } from './matchers.ts';
import { listIndices, product } from './naive.ts';

/** (x - mean) / sqrt(variance + epsilon) * gamma + beta. */
function normalize(x: Sample, norm: BatchNormDescriptor): Sample {
  const count = product(x.size);
  const data = x.data.map((value, i) => {
    const c = Math.floor(i / count);
    return ((value - norm.mean[c]!) / Math.sqrt(norm.variance[c]! + norm.epsilon!)) * norm.gamma![c]! + norm.beta![c]!;
  });
  return { ...x, data };
}

/** "Same"-padded convolution; output o of group g = floor(o / (out / groups)) reads input g * in / groups + i. */
function convolve(x: Sample, branch: RepBranch, kernel: number, options: RepBlockOptions): Sample {
  const { inChannels, outChannels, groups = 1, stride = 1 } = options;
  const [perIn, perOut] = [inChannels / groups, outChannels / groups];
  const size = x.size.map((n) => Math.ceil(n / stride));
  const taps = listIndices(x.size.map(() => kernel));
  const [inPositions, outPositions] = [listIndices(x.size), listIndices(size)];
  const at = new Map(inPositions.map((position, p) => [position.join(), p]));
  const data = new Float64Array(outChannels * outPositions.length);
  for (let o = 0; o < outChannels; o++) {
    outPositions.forEach((position, p) => {
      let sum = branch.bias?.[o] ?? 0;
      for (let i = 0; i < perIn; i++) {
        const channel = Math.floor(o / perOut) * perIn + i;
        taps.forEach((tap, k) => {
          const read = at.get(tap.map((t, a) => stride * position[a]! + t - (kernel - 1) / 2).join());
          if (read === undefined) return;
          sum += branch.weight[(o * perIn + i) * taps.length + k]! * x.data[channel * inPositions.length + read]!;
        });
      }
      data[o * outPositions.length + p] = sum;
    });
  }
  return { data, channels: outChannels, size };
}

function direct(x: Sample, weights: RepBlockWeights, options: RepBlockOptions): Sample {
  const outputs = weights.branches.map((branch, index) => {
    const kernel = options.kernels[index]!;
    if (!branch.norm) return convolve(x, branch, kernel, options);
    if (options.norm === 'before') return convolve(normalize(x, branch.norm), branch, kernel, options);
    return normalize(convolve(x, branch, kernel, options), branch.norm);
  });
  if (weights.skip) outputs.push(weights.skip.norm ? normalize(x, weights.skip.norm) : x);
  const data = outputs[0]!.data.map((_, i) => outputs.reduce((sum, y) => sum + y.data[i]!, 0));
  return { ...outputs[0]!, data };
}

interface Shape {
  readonly kernels: readonly number[];
  readonly rank: number;
  readonly stride: number;
  readonly groups: number;
  readonly skip: 'none' | 'plain' | 'norm';
  readonly biased: boolean;
  readonly seed: number;
}

const shapes: fc.Arbitrary<Shape> = fc.record({
  kernels: fc.array(fc.constantFrom(1, 3, 5), { minLength: 1, maxLength: 4 }),
  rank: fc.constantFrom(1, 2, 2, 2),
  stride: fc.constantFrom(1, 2),
  groups: fc.constantFrom(1, 2, 3, 6),
  skip: fc.constantFrom('none', 'plain', 'norm'),
  biased: fc.boolean(),
  seed: seeds,
});

function build(shape: Shape, norm: 'after' | 'before', outChannels: number): [RepBlockWeights, RepBlockOptions] {
  const { kernels, rank, stride, groups, skip, biased, seed } = shape;
  const inChannels = 6;
  const branches = kernels.map((kernel, index) => ({
    weight: signedValues((outChannels * inChannels * kernel ** rank) / groups, seed + 10 * index),
    bias: biased ? signedValues(outChannels, seed + 10 * index + 1) : undefined,
    norm: batchNormFrom(norm === 'after' ? outChannels : inChannels, seed + 10 * index + 2),
  }));
  const hasSkip = skip !== 'none' && stride === 1 && outChannels === inChannels;
  const weights: RepBlockWeights = {
    branches,
    skip: hasSkip ? (skip === 'norm' ? { norm: batchNormFrom(6, seed + 3) } : {}) : undefined,
  };
  return [weights, { inChannels, outChannels, kernels, rank, stride, groups, norm }];
}

/** Without the shift: mean 0 and beta 0. */
function withoutShift(weights: RepBlockWeights): RepBlockWeights {
  const branches = weights.branches.map((branch) => ({
    ...branch,
    norm: { ...branch.norm!, mean: new Float64Array(6), beta: new Float64Array(6) },
  }));
  return { ...weights, branches };
}

describe('repBlock', () => {
  test('with normalization after, equals the branches run one by one, for every option', () => {
    fc.assert(
      fc.property(shapes, fc.integer({ min: 1, max: 7 }), fc.constantFrom(6, 12), (shape, n, outChannels) => {
        const [weights, options] = build(shape, 'after', outChannels);
        const input = sampleOf(6, new Array(shape.rank).fill(n), shape.seed);
        const fused = repBlock(weights, options);
        expectSame(evaluate(fused, input), direct(input, weights, options));
        expect(fused.axes[0]!.kernel).toBe(Math.max(...shape.kernels));
      }),
      runs(80),
    );
  });

  test('with normalization before and no shift, equals the branches run one by one, also for 1 < groups < C', () => {
    fc.assert(
      fc.property(shapes, fc.integer({ min: 1, max: 7 }), fc.constantFrom(6, 12), (shape, n, outChannels) => {
        const [shifted, options] = build(shape, 'before', outChannels);
        const weights = withoutShift(shifted);
        const input = sampleOf(6, new Array(shape.rank).fill(n), shape.seed);
        expectSame(evaluate(repBlock(weights, options), input), direct(input, weights, options));
      }),
      runs(80),
    );
  });

  test('with normalization before and a shift, 1x1 branches fuse and wider ones are refused at the border', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const [weights, options] = build(shape, 'before', 6);
        if (Math.max(...shape.kernels) > 1) {
          expect(() => repBlock(weights, options)).toThrow(expect.objectContaining({ code: 'border' }));
          return;
        }
        const input = sampleOf(6, new Array(shape.rank).fill(4), shape.seed);
        expectSame(evaluate(repBlock(weights, options), input), direct(input, weights, options));
      }),
      runs(60),
    );
  });

  test('with normalization before and a shift, and the input size: an operator and a map, exact to the border', () => {
    fc.assert(
      fc.property(shapes, fc.integer({ min: 1, max: 7 }), fc.constantFrom(6, 12), (shape, n, outChannels) => {
        const [weights, options] = build(shape, 'before', outChannels);
        const input = sampleOf(6, new Array(shape.rank).fill(n), shape.seed);
        const { operator, biasMap } = repairedRepBlock(weights, { ...options, inputSize: input.size });
        const output = evaluate(operator, input);
        expect(biasMap.size).toEqual(output.size);
        const data = output.data.map((value, p) => value + biasMap.values[p]!);
        expectSame({ ...output, data }, direct(input, weights, options));
      }),
      runs(80),
    );
  });

  test('the map is what the published formula, which takes the interior everywhere, gets wrong along the border', () => {
    const shape: Shape = { kernels: [3, 1], rank: 2, stride: 1, groups: 1, skip: 'norm', biased: false, seed: 9 };
    const [weights, options] = build(shape, 'before', 6);
    const { biasMap } = repairedRepBlock(weights, { ...options, inputSize: [8, 8] });
    const input = sampleOf(6, [8, 8], 1);
    const exact = direct(input, weights, options).data;
    const largest = exact.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const inside = (p: number) => biasMap.values[Math.floor(p / 64) * 64 + 27]!; // row 3, column 3
    const error = biasMap.values.reduce((most, value, p) => Math.max(most, Math.abs(value - inside(p))), 0) / largest;
    expect(error).toBeGreaterThan(0.2);
  });

  test('a grouped block with a skip keeps its groups', () => {
    const shape: Shape = { kernels: [3, 1], rank: 2, stride: 1, groups: 2, skip: 'norm', biased: true, seed: 4 };
    const plain = toConv(repBlock(...build(shape, 'after', 6)));
    expect(plain).toMatchObject({ groups: 2, kernel: [3, 3], padBegin: [1, 1], padEnd: [1, 1] });
    expect(plain.weight.length).toBe(6 * 3 * 9);
  });

  test('refuses what is no such block', () => {
    const shape: Shape = { kernels: [3, 1], rank: 2, stride: 1, groups: 1, skip: 'plain', biased: true, seed: 4 };
    const [weights, options] = build(shape, 'after', 6);
    expect(() => repBlock(weights, { ...options, kernels: [3] })).toThrow(/2 branches for 1 kernel sizes/);
    expect(() => repBlock(weights, { ...options, kernels: [3, 2] })).toThrow(/expected an odd size/);
    expect(() => repBlock(weights, { ...options, stride: 2 })).toThrow(/expected stride 1 and equal channels/);
    expect(() => repBlock(weights, { ...options, stride: 0 })).toThrow(ShapeError);
    expect(() => repBlock(weights, { ...options, kernels: [5, 1] })).toThrow(/weight: found 324 values/);
    expect(() => repBlock({ branches: [] }, { ...options, kernels: [] })).toThrow(ShapeError);
  });
});
