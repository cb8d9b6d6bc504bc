/** Random operators and inputs. Shapes come from fast-check, so they shrink; numbers come from a seed. */
import fc from 'fast-check';
import { vi } from 'vitest';
import {
  type Axis,
  arrayOf,
  type BatchNormDescriptor,
  convOf,
  convTransposeOf,
  type Operator,
  type Sample,
  seededRandom,
  weightCount,
} from '../src/index.ts';
import { naiveSize, product } from './naive.ts';

/** Every count of runs is multiplied by this: `PROPERTY_RUNS=100 npx vitest run packages/core`. */
export const runFactor = Number(process.env.PROPERTY_RUNS ?? 1);

vi.setConfig({ testTimeout: 60_000 * Math.max(1, runFactor) });

export function runs(count: number): { numRuns: number } {
  return { numRuns: Math.round(count * runFactor) };
}

/** Signed values in [-1, 1), never near zero by construction of anything: about one in ten is exactly zero. */
export function signedValues(length: number, seed: number): Float64Array {
  const random = seededRandom(seed);
  return Float64Array.from({ length }, () => (random() < 0.1 ? 0 : random() * 2 - 1));
}

export function sampleOf(channels: number, size: readonly number[], seed: number): Sample {
  return { data: signedValues(channels * product(size), seed), channels, size };
}

export const seeds: fc.Arbitrary<number> = fc.integer({ min: 1, max: 1_000_000 });

export interface AxisRange {
  readonly kernel?: number;
  readonly stride?: number;
  readonly dilation?: number;
  readonly minPad?: number;
  readonly maxPad?: number;
}

export function axisArb(range: AxisRange = {}): fc.Arbitrary<Axis> {
  const { kernel = 4, stride = 3, dilation = 3, minPad = -2, maxPad = 4 } = range;
  const padding = fc.integer({ min: minPad, max: maxPad });
  return fc.record({
    kernel: fc.integer({ min: 1, max: kernel }),
    stride: fc.integer({ min: 1, max: stride }),
    dilation: fc.integer({ min: 1, max: dilation }),
    padBegin: padding,
    padEnd: padding,
  });
}

export interface OperatorShape {
  readonly axes: readonly Axis[];
  readonly outChannels: number;
  readonly inChannels: number;
  readonly groups: number;
  readonly biased: boolean;
  readonly seed: number;
}

/** Convolution of the given shape, weights and bias from the seed. */
export function convFrom(shape: OperatorShape, kind: 'conv' | 'transposed' = 'conv'): Operator {
  const { outChannels, inChannels, groups, axes, biased, seed } = shape;
  const support = [
    { count: groups, outStart: 0, outSize: outChannels / groups, inStart: 0, inSize: inChannels / groups },
  ];
  const weight = arrayOf(signedValues(weightCount({ support, axes }), seed));
  const bias = biased ? arrayOf(signedValues(outChannels, seed + 1)) : null;
  const make = kind === 'conv' ? convOf : convTransposeOf;
  return make(weight, bias, { outChannels, inChannels, groups, axes });
}

/** Group counts 1, 2, C and what lies between, with any channels per group. */
const channelsArb = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 }))
  .map(([groups, out, input]) => ({ groups, outChannels: groups * out, inChannels: groups * input }));

export function convArb(rank: number, range: AxisRange = {}): fc.Arbitrary<Operator> {
  return fc
    .tuple(fc.tuple(...Array.from({ length: rank }, () => axisArb(range))), channelsArb, fc.boolean(), seeds)
    .map(([axes, channels, biased, seed]) => convFrom({ axes, ...channels, biased, seed }));
}

/** Two convolutions that follow each other: `[second, first]`; independent groups. */
export function chainArb(rank: number, range: AxisRange = {}): fc.Arbitrary<readonly [Operator, Operator]> {
  const groupCounts = fc.constantFrom(1, 2, 4);
  const axes = () => fc.tuple(...Array.from({ length: rank }, () => axisArb(range)));
  return fc
    .tuple(fc.tuple(axes(), axes()), fc.tuple(groupCounts, groupCounts), fc.tuple(fc.boolean(), fc.boolean()), seeds)
    .map(([[axes2, axes1], [groups2, groups1], [biased2, biased1], seed]) => [
      convFrom({ axes: axes2, outChannels: 4, inChannels: 4, groups: groups2, biased: biased2, seed }),
      convFrom({ axes: axes1, outChannels: 4, inChannels: 4, groups: groups1, biased: biased1, seed: seed + 10 }),
    ]);
}

/** Ranks 0 to 3, the common ones more often. */
export const ranks: fc.Arbitrary<number> = fc.constantFrom(0, 1, 1, 2, 2, 2, 3);

/** Statistics as trained networks have them: signed, and far from mean 0 and variance 1. */
export function batchNormFrom(channels: number, seed: number): BatchNormDescriptor {
  const random = seededRandom(seed);
  const list = (make: () => number) => Float64Array.from({ length: channels }, make);
  return {
    gamma: list(() => (random() < 0.3 ? -1 : 1) * (0.2 + random())),
    beta: list(() => random() * 2 - 1),
    mean: list(() => random() * 2 - 1),
    variance: list(() => 0.05 + random() * 2),
    epsilon: 1e-3,
  };
}

/** Whether the operator gives at least one output at this size. */
export function hasOutputs(operator: Operator, size: readonly number[]): boolean {
  return naiveSize(operator, size).every((n) => n >= 1);
}
