/** Layers become trainable blocks that compute the same. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expandModel, insertNorms } from '../../src/expand/index.ts';
import { reparameterize, UnsupportedError } from '../../src/index.ts';
import { openModel } from '../../src/proto/model.ts';
import { bytesSource } from '../../src/proto/source.ts';
import { GraphBuilder } from '../graph-builder.ts';
import { fileOf } from '../graph-file.ts';
import { signedValues } from '../runtime.ts';
import { BLOCKS, differenceOf, expectRoundTrip, feeds, twoConvs, typesOf } from './round-trip.ts';

describe('expandModel', () => {
  it.each(BLOCKS)('%s: computes the same, and converts back', async (block) => {
    const bytes = twoConvs();
    const expanded = await expandModel(bytes, { block, seed: 5, scale: 0.3, rank: 2 });
    expect(expanded.report.expansions.length).toBe(2);
    for (const { before, after } of expanded.report.expansions) {
      expect(after.macs!).toBeGreaterThan(before.macs!);
      expect(after.parameters).toBeGreaterThan(before.parameters);
    }
    await expectRoundTrip(bytes, expanded, feeds);
  });

  it('has nodes and tensors that say what they are', async () => {
    const { model, report } = await expandModel(twoConvs(), { block: 'repvgg' });
    expect(report.expansions.map(({ into }) => typesOf(into))).toEqual([
      'Conv BatchNormalization Conv BatchNormalization BatchNormalization Add Add',
      'Conv BatchNormalization Slice Conv BatchNormalization Add',
    ]);
    const { graph } = await openModel(bytesSource(model));
    expect([...graph.initializers.keys()]).toEqual(
      expect.arrayContaining(['v2.main.weight', 'v2.1x1.norm.scale', 'v2.identity.norm.variance', 'v6.1x1.weight']),
    );
    expect(report.after.operatorCounts).toEqual({ BatchNormalization: 5, Conv: 4, Add: 3, Relu: 2, Slice: 1 });
  });

  it('only and skip choose layers; others are untouched', async () => {
    const b = new GraphBuilder([1, 4, 7, 6]);
    const bytes = fileOf(b.graph(b.relu(b.conv(b.relu(b.conv('x', [3, 3])), [3, 3]))));
    const [first, second] = (await expandModel(bytes, { block: 'acnet' })).report.expansions.map(({ name }) => name);
    const only = await expandModel(bytes, { block: 'acnet', only: [second!] });
    expect(only.report.expansions.map(({ name }) => name)).toEqual([second]);
    const skipped = await expandModel(bytes, { block: 'acnet', skip: [second!] });
    expect(skipped.report.expansions.map(({ name }) => name)).toEqual([first]);
    const none = await expandModel(bytes, { block: 'acnet', skip: ['Conv'] });
    expect(Buffer.compare(none.model, bytes)).toBe(0);
  });

  it('the seed decides the weights, and each layer has its own', async () => {
    const b = new GraphBuilder([1, 4, 7, 6]);
    const bytes = fileOf(b.graph(b.relu(b.conv(b.relu(b.conv('x', [3, 3])), [3, 3]))));
    const expandWith = async (seed: number) => (await expandModel(bytes, { block: 'repvgg', seed })).model;
    expect(Buffer.compare(await expandWith(1), await expandWith(1))).toBe(0);
    expect(Buffer.compare(await expandWith(1), await expandWith(2))).not.toBe(0);
    const { graph } = await openModel(bytesSource(await expandWith(1)));
    const [first, second] = [...graph.initializers.values()].filter(({ name }) => name.endsWith('.1x1.weight'));
    expect(first!.values()).not.toEqual(second!.values());
  });

  it('puts a low-rank branch beside matrix products, as LoRA does, which with scale 0 begins at zero', async () => {
    const b = new GraphBuilder([2, 5, 12]);
    const product = b.node('Add', [b.node('MatMul', ['x', b.constant([12, 16])]), b.constant([16])]);
    const first = b.node('Gemm', [
      b.node('Reshape', [b.relu(product), b.list([10, 16])]),
      b.constant([16, 8]),
      b.constant([8]),
    ]);
    const bytes = fileOf(b.graph(first));
    const expanded = await expandModel(bytes, { block: 'low-rank', rank: 3, scale: 0.2 });
    expect(expanded.report.expansions.map(({ into }) => typesOf(into))).toEqual([
      'MatMul MatMul MatMul Add',
      'Gemm MatMul MatMul Add',
    ]);
    const inputs = { x: signedValues([2, 5, 12], 3) };
    expect(await differenceOf(bytes, expanded.model, inputs)).toBeLessThan(1e-5);
    const { report } = await reparameterize(expanded.model);
    expect(report.after.macs).toBe((await reparameterize(bytes)).report.after.macs);
    const zero = await expandModel(bytes, { block: 'low-rank', scale: 0 });
    expect(await differenceOf(bytes, zero.model, inputs)).toBe(0);
  });

  it('any geometry: the same in ONNX Runtime, and one conv of the same shape again', async () => {
    const axis = fc.record({
      kernel: fc.integer({ min: 1, max: 7 }),
      stride: fc.integer({ min: 1, max: 2 }),
      dilation: fc.integer({ min: 1, max: 2 }),
      pads: fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 })),
    });
    const shape = fc.record({
      axes: fc.integer({ min: 1, max: 2 }).chain((rank) => fc.array(axis, { minLength: rank, maxLength: rank })),
      groups: fc.constantFrom(1, 2, 4),
      out: fc.constantFrom(4, 8),
      bias: fc.boolean(),
      block: fc.constantFrom(...BLOCKS),
      extra: fc.integer({ min: 0, max: 4 }),
      isOpen: fc.boolean(),
      seed: fc.integer({ min: 0, max: 1000 }),
    });
    let expanded = 0;
    await fc.assert(
      fc.asyncProperty(shape, async ({ axes, groups, out, bias, block, extra, isOpen, seed }) => {
        fc.pre(groups < 4 || axes.some(({ kernel }) => kernel > 1)); // a scale, which comes back as a Mul
        const size = axes.map(
          ({ kernel, dilation, pads }) => Math.max(1, dilation * (kernel - 1) + 1 - pads[0] - pads[1]) + extra,
        );
        const b = new GraphBuilder([1, 4, ...(isOpen ? size.map((_, index) => `s${index}`) : size)]);
        const kernel = axes.map((one) => one.kernel);
        const inputs = ['x', b.constant([out, 4 / groups, ...kernel]), ...(bias ? [b.constant([out])] : [])];
        const conv = b.node('Conv', inputs, {
          kernel_shape: kernel,
          group: groups,
          strides: axes.map(({ stride }) => stride),
          dilations: axes.map(({ dilation, ...one }) => (one.kernel > 1 ? dilation : 1)),
          pads: [...axes.map(({ pads }) => pads[0]), ...axes.map(({ pads }) => pads[1])],
        });
        const bytes = fileOf(b.graph(b.relu(conv)));
        const result = await expandModel(bytes, { block, seed, rank: 1, scale: 0.5 });
        if (result.report.expansions.length === 0) return;
        expanded++;
        await expectRoundTrip(bytes, result, { x: signedValues([1, 4, ...size], seed) });
      }),
      { numRuns: 80, seed: 7 },
    );
    expect(expanded).toBeGreaterThan(30);
  }, 60_000);

  it.each([1, 10, 11])('element type %i', async (type) => {
    const b = new GraphBuilder([1, 4, 6, 6]);
    const bytes = fileOf({ ...b.graph(b.relu(b.conv('x', [3, 3]))), type });
    for (const block of BLOCKS.slice(0, 2)) {
      const { model, report } = await expandModel(bytes, { block });
      expect(report.expansions[0]!.rounding).toBeLessThan(type === 10 ? 1e-3 : type === 1 ? 1e-7 : 1e-15);
      const { graph } = await openModel(bytesSource(model));
      for (const { dataType } of graph.initializers.values()) expect(dataType).toBe(type);
      expect((await reparameterize(model)).report.after.operatorCounts).toEqual({ Conv: 1, Relu: 1 });
    }
  });

  it('leaves what is no constant layer alone, and says why', async () => {
    const b = new GraphBuilder([1, 4, 6, 6]);
    const overridden = b.node('Conv', ['x', b.override(b.constant([4, 4, 3, 3]))], { pads: [1, 1, 1, 1] });
    const bytes = fileOf(b.graph(b.relu(overridden)));
    const { model, report } = await expandModel(bytes, { block: 'repvgg' });
    expect(report.refusals.map(({ reason }) => reason)).toEqual(['overridable']);
    expect(Buffer.compare(model, bytes)).toBe(0);
  });

  it('a layer whose branch would crop its input to nothing is left alone', async () => {
    const b = new GraphBuilder([1, 4, 2, 1]);
    const attributes = { kernel_shape: [2, 3], dilations: [1, 2], pads: [0, 1, 0, 3] };
    const bytes = fileOf(b.graph(b.relu(b.node('Conv', ['x', b.constant([4, 4, 2, 3])], attributes))));
    const { report } = await expandModel(bytes, { block: 'repvgg' });
    expect(report.refusals[0]).toMatchObject({
      reason: 'no-branch',
      message: expect.stringMatching(/crop .* to nothing/),
    });
  });

  it('a shared weight is left to its other reader', async () => {
    const b = new GraphBuilder([1, 4, 6, 6]);
    const weight = b.constant([4, 4, 3, 3]);
    const lists = { kernel_shape: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [1, 1, 1, 1] };
    const conv = (input: string) => b.node('Conv', [input, weight], { ...lists, group: 1 });
    const bytes = fileOf(b.graph(b.relu(conv(b.relu(conv('x'))))));
    const [first] = (await expandModel(bytes, { block: 'repvgg' })).report.expansions;
    const expanded = await expandModel(bytes, { block: 'repvgg', only: [first!.name] });
    expect(expanded.report.expansions.length).toBe(1);
    await expectRoundTrip(bytes, expanded, { x: signedValues([1, 4, 6, 6], 1) });
  });

  it('refuses an opset without the normalization it needs', async () => {
    const b = new GraphBuilder([1, 4, 6, 6], 6);
    const bytes = fileOf(b.graph(b.conv('x', [3, 3])));
    await expect(expandModel(bytes, { block: 'repvgg' })).rejects.toThrow(UnsupportedError);
    await expect(insertNorms(bytes)).rejects.toThrow(/opset 6, and a BatchNormalization needs opset 7/);
    expect((await expandModel(bytes, { block: 'low-rank', rank: 1 })).report.expansions.length).toBe(1);
  });
});
