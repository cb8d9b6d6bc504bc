/** The way back: blocks that compute what a convolution does, and become it again. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type BlockKind,
  blockOperator,
  type ExpandOptions,
  expand,
  explainExpand,
  insertNorm,
  type TrainBlock,
  type TrainLayer,
} from '../src/expand/index.ts';
import {
  batchNorm,
  type ConvDescriptor,
  conv,
  evaluate,
  isRefusal,
  type Sample,
  ShapeError,
  toConv,
} from '../src/index.ts';
import { axisArb, runs, sampleOf, seeds, signedValues } from './arbitraries.ts';
import { expectSame, relativeDifference } from './matchers.ts';
import { product } from './naive.ts';

const convs: fc.Arbitrary<ConvDescriptor & { readonly kernel: readonly number[] }> = fc
  .record({
    axes: fc.integer({ min: 0, max: 3 }).chain((rank) => {
      const range = { kernel: rank === 1 ? 13 : rank === 2 ? 7 : 4, minPad: 0, maxPad: 6 };
      return fc.tuple(...Array.from({ length: rank }, () => axisArb(range)));
    }),
    groups: fc.constantFrom(1, 2, 3),
    widths: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    biased: fc.boolean(),
    seed: seeds,
  })
  .map(({ axes, groups, widths, biased, seed }) => {
    const [outChannels, inChannels] = [groups * widths[0], groups * widths[1]];
    const kernel = axes.map((axis) => axis.kernel);
    return {
      weight: signedValues((outChannels * inChannels * product(kernel)) / groups, seed),
      bias: biased ? signedValues(outChannels, seed + 1) : undefined,
      ...{ outChannels, inChannels, groups, kernel },
      stride: axes.map((axis) => axis.stride),
      dilation: axes.map((axis) => axis.dilation),
      padBegin: axes.map((axis) => axis.padBegin),
      padEnd: axes.map((axis) => axis.padEnd),
    };
  });

const kinds: fc.Arbitrary<BlockKind> = fc.constantFrom('repvgg', 'acnet', 'dilated', 'low-rank');

/** Layer by layer, as a network in training runs it. */
function run({ branches }: TrainBlock, input: Sample): Sample {
  const apply = (x: Sample, layer: TrainLayer) =>
    evaluate('conv' in layer ? conv(layer.conv) : batchNorm(layer.norm), x);
  const outputs = branches.map(({ layers }) => layers.reduce(apply, input));
  for (const { size } of outputs) expect(size).toEqual(outputs[0]!.size);
  return { ...outputs[0]!, data: outputs[0]!.data.map((_, i) => outputs.reduce((sum, y) => sum + y.data[i]!, 0)) };
}

/** A size at which the window fits, odd and even, borders included. */
function inputOf(layer: ConvDescriptor, extra: number, seed: number): Sample {
  const size = layer.kernel!.map((kernel, axis) => {
    const extent = layer.dilation![axis]! * (kernel - 1) + 1;
    return Math.max(1, extent - layer.padBegin![axis]! - layer.padEnd![axis]!) + extra;
  });
  return sampleOf(layer.inChannels, size, seed);
}

const square = (kernel: number, options: Partial<ConvDescriptor> = {}): ConvDescriptor => {
  const { outChannels = 6, inChannels = 6, groups = 1 } = options;
  const weight = signedValues((outChannels * inChannels * kernel * kernel) / groups, 3);
  const pad = (kernel - 1) >> 1;
  return { weight, outChannels, inChannels, groups, kernel: [kernel, kernel], padBegin: [pad, pad], ...options };
};

const namesOf = (layer: ConvDescriptor, block: BlockKind) => expand(layer, { block }).branches.map(({ name }) => name);

describe('expand', () => {
  test('computes the same layer by layer, and sums up to the convolution it was', () => {
    let expanded = 0;
    fc.assert(
      fc.property(convs, kinds, fc.integer({ min: 0, max: 4 }), seeds, (layer, block, extra, seed) => {
        const options: ExpandOptions = { block, seed, rank: 1, scale: 0.5 };
        const result = explainExpand(layer, options);
        if (isRefusal(result)) {
          expect(result.reason).toBe('no-branch');
          expect(() => expand(layer, options)).toThrow(expect.objectContaining({ code: 'no-branch' }));
          return;
        }
        expanded++;
        expect(result.branches.length).toBeGreaterThan(1);
        expect(new Set(result.branches.map(({ name }) => name)).size).toBe(result.branches.length);
        const input = inputOf(layer, extra, seed + 1);
        const expected = evaluate(conv(layer), input);
        expectSame(run(result, input), expected);
        expectSame(evaluate(blockOperator(result), input), expected);
        const main = result.branches[0]!.layers[0]!;
        expect('conv' in main && main.conv.kernel).toEqual(layer.kernel);
      }),
      runs(300),
    );
    expect(expanded).toBeGreaterThan(80);
  });

  test('every branch takes part, by about the share that is asked for', () => {
    for (const block of ['repvgg', 'acnet', 'dilated', 'low-rank'] as const) {
      const layer = square(7, { outChannels: 8, inChannels: 8 });
      const input = sampleOf(8, [24, 24], 5);
      const deviation = (x: Sample) => Math.sqrt(x.data.reduce((sum, value) => sum + value ** 2, 0) / x.data.length);
      const whole = deviation(evaluate(conv(layer), input));
      for (const { layers } of expand(layer, { block, scale: 0.2, seed: 1 }).branches.slice(1)) {
        const share =
          deviation(run({ inChannels: 8, outChannels: 8, branches: [{ name: '', layers }] }, input)) / whole;
        expect(share).toBeGreaterThan(0.1);
        expect(share).toBeLessThan(0.4);
      }
    }
  });

  test('has the branches of the published blocks', () => {
    expect(namesOf(square(3), 'repvgg')).toEqual(['main', '1x1', 'identity']);
    expect(namesOf(square(3, { stride: [2, 2] }), 'repvgg')).toEqual(['main', '1x1']);
    expect(namesOf(square(3, { outChannels: 12 }), 'repvgg')).toEqual(['main', '1x1']);
    expect(namesOf(square(3, { padBegin: [0, 0] }), 'repvgg')).toEqual(['main', '1x1']);
    expect(namesOf(square(1), 'repvgg')).toEqual(['main', 'identity']);
    expect(namesOf(square(3), 'acnet')).toEqual(['main', '3x1', '1x3']);
    expect(namesOf(square(13, { groups: 6 }), 'dilated')).toEqual([
      'main',
      ...['5x5', '7x7d2', '3x3d3', '3x3d4', '3x3d5'],
    ]);
    expect(namesOf(square(4), 'dilated')).toEqual(['main', '3x3']);
    expect(namesOf(square(3), 'low-rank')).toEqual(['main', 'rank4']);
  });

  test.each<[BlockKind, ConvDescriptor]>([
    ['repvgg', square(1, { outChannels: 12 })],
    ['acnet', square(1)],
    ['acnet', { weight: signedValues(36 * 3, 1), outChannels: 6, inChannels: 6, kernel: [1, 3] }],
    ['dilated', square(3)],
    ['low-rank', square(3, { groups: 3 })],
  ])('%s: refuses a kernel without room for a branch', (block, layer) => {
    const refusal = explainExpand(layer, { block });
    expect(isRefusal(refusal) && refusal.message).toMatch(/no second branch for kernel .* expected /);
  });

  test('what it holds is rounded already, and the main branch makes up for that', () => {
    const round = (values: Float64Array) => Float32Array.from(values);
    const isRounded = (values: ArrayLike<number>) =>
      Array.from(values).every((value) => Object.is(Math.fround(value), value));
    for (const block of ['repvgg', 'acnet', 'dilated', 'low-rank'] as const) {
      const layer = square(7, { bias: signedValues(6, 9) });
      const [main, ...extras] = expand(layer, { block, round }).branches;
      for (const stored of extras.flatMap(({ layers }) => layers)) {
        if ('conv' in stored) expect(isRounded(stored.conv.weight)).toBe(true);
        else expect([stored.norm.gamma, stored.norm.beta, stored.norm.variance].every(isRounded)).toBe(true);
      }
      const operator = blockOperator({ inChannels: 6, outChannels: 6, branches: [main!, ...extras] });
      expect(relativeDifference(toConv(operator).weight, Float64Array.from(layer.weight))).toBeLessThan(1e-14);
      expect(relativeDifference(toConv(operator).bias, Float64Array.from(layer.bias!))).toBeLessThan(1e-14);
    }
  });

  test('the seed decides the weights; with scale 0 the new branches begin at zero and the main one as it was', () => {
    const weights = (seed: number) => JSON.stringify(expand(square(3), { block: 'repvgg', seed }));
    expect(weights(1)).toBe(weights(1));
    expect(weights(1)).not.toBe(weights(2));
    const [main, thin] = expand(square(3), { block: 'low-rank', scale: 0 }).branches;
    expect(main!.layers).toEqual([{ conv: expect.objectContaining({ weight: square(3).weight }) }]);
    const up = thin!.layers[1]!;
    expect('conv' in up && Array.from(up.conv.weight).every((value) => value === 0)).toBe(true);
  });

  test('a channel whose weights are all zero stays one', () => {
    const weight = signedValues(6 * 6 * 9, 4).fill(0, 0, 54);
    for (const block of ['repvgg', 'low-rank'] as const) {
      const operator = blockOperator(expand(square(3, { weight }), { block }));
      expect(
        toConv(operator)
          .weight.subarray(0, 54)
          .every((value) => value === 0),
      ).toBe(true);
    }
  });

  test('refuses numbers that are none', () => {
    expect(() => expand(square(3), { block: 'repvgg', scale: -1 })).toThrow(ShapeError);
    expect(() => expand(square(3), { block: 'low-rank', rank: 0 })).toThrow(/rank: found 0/);
    expect(() => expand(square(3, { weight: [1] }), { block: 'repvgg' })).toThrow(/weight: found 1 values/);
  });
});

describe('insertNorm', () => {
  test('computes the same, whatever the statistics', () => {
    fc.assert(
      fc.property(convs, fc.constantFrom('none', 'measured', 'all'), seeds, (layer, given, seed) => {
        const list = (offset: number) => signedValues(layer.outChannels, seed + offset);
        const measured = { mean: list(1), variance: list(2).map(Math.abs), epsilon: 1e-3 };
        const all = { ...measured, gamma: list(3).map((value) => value || 0.5), beta: list(4) };
        const block = insertNorm(layer, given === 'none' ? {} : given === 'measured' ? measured : all);
        const [first, second] = block.branches[0]!.layers;
        expect('conv' in first! && first.conv.bias === undefined && 'norm' in second!).toBe(true);
        const input = inputOf(layer, 2, seed);
        expectSame(run(block, input), evaluate(conv(layer), input));
        expectSame(evaluate(blockOperator(block), input), evaluate(conv(layer), input));
      }),
      runs(150),
    );
  });

  test('with measured statistics the weights stay, and batches with those statistics give the same', () => {
    const layer = square(3, { bias: signedValues(6, 9) });
    const input = sampleOf(6, [9, 9], 5);
    const output = evaluate(conv(layer), input);
    const channels = Array.from({ length: 6 }, (_, c) => output.data.subarray(c * 81, (c + 1) * 81));
    const mean = channels.map((values) => values.reduce((sum, value) => sum + value, 0) / 81);
    const variance = channels.map((values, c) => values.reduce((sum, value) => sum + (value - mean[c]!) ** 2, 0) / 81);
    const [first, second] = insertNorm(layer, { mean, variance }).branches[0]!.layers;
    expect(
      'conv' in first! && relativeDifference(first.conv.weight as Float64Array, layer.weight as Float64Array),
    ).toBeLessThan(1e-15);
    const before = evaluate(conv((first as { conv: ConvDescriptor }).conv), input);
    const {
      gamma,
      beta,
      mean: running,
      variance: deviation,
      epsilon,
    } = (second as Extract<TrainLayer, { norm: object }>).norm;
    for (let c = 0; c < 6; c++) {
      const values = before.data.subarray(c * 81, (c + 1) * 81);
      const batchMean = values.reduce((sum, value) => sum + value, 0) / 81;
      const batchVariance = values.reduce((sum, value) => sum + (value - batchMean) ** 2, 0) / 81;
      expect(batchMean).toBeCloseTo(running[c]!, 12);
      expect(batchVariance).toBeCloseTo(deviation[c]!, 12);
      const trained = values.map(
        (value) => ((value - batchMean) / Math.sqrt(batchVariance + epsilon)) * gamma[c]! + beta[c]!,
      );
      expect(relativeDifference(trained, channels[c]!)).toBeLessThan(1e-12);
    }
  });

  test('refuses statistics that are none', () => {
    expect(() => insertNorm(square(3), { mean: [1] })).toThrow(/mean: found 1 values, expected 6/);
    expect(() => insertNorm(square(3), { variance: new Array(6).fill(-1) })).toThrow(
      /variance: found -1 for channel 0/,
    );
    expect(() => insertNorm(square(3), { gamma: new Array(6).fill(0) })).toThrow(/factor 0 for channel 0/);
  });
});
