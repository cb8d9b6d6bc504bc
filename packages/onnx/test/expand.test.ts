/** Models whose layers become trainable blocks: the same outputs in ONNX Runtime, and converted again the same model as before. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BlockKind } from '@reparam/core/expand';
import { type Fixture, listFixtures, listOpsetModels, readNpy } from '@reparam/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Expanded, expandModel, insertNorms } from '../src/expand/index.ts';
import { type NodeReference, reparameterize, UnsupportedError } from '../src/index.ts';
import { expandFile, insertNormsFile } from '../src/node.ts';
import { openModel } from '../src/proto/model.ts';
import { bytesSource } from '../src/proto/source.ts';
import { GraphBuilder } from './graph-builder.ts';
import { fileOf } from './graph-file.ts';
import { countByKind } from './linear-operators.ts';
import { createSession, relativeError, runSession, signedValues, type Values } from './runtime.ts';

const BLOCKS: readonly BlockKind[] = ['repvgg', 'acnet', 'dilated', 'low-rank'];

type Feeds = Readonly<Record<string, Values>>;

/** Largest difference of any output, relative to its largest value. */
async function differenceOf(first: Uint8Array, second: Uint8Array, feeds: Feeds): Promise<number> {
  const [a, b] = [await createSession(first), await createSession(second)];
  expect([b.inputNames, b.outputNames]).toEqual([a.inputNames, a.outputNames]);
  const [expected, actual] = [await runSession(a, feeds), await runSession(b, feeds)];
  await a.release();
  await b.release();
  return Math.max(...a.outputNames.map((name) => relativeError(actual[name]!, expected[name]!)));
}

/** Type, kernel, stride, dilation, padding and groups of every node that has weights. */
async function shapesOf(bytes: Uint8Array): Promise<string[]> {
  const { graph } = await openModel(bytesSource(bytes));
  return graph.nodes
    .filter(({ opType }) => ['Conv', 'Gemm', 'MatMul', 'BatchNormalization'].includes(opType))
    .map((node) => {
      const lists = ['kernel_shape', 'strides', 'dilations', 'pads'].map((name) => node.attribute(name)?.ints?.join());
      return [node.name, node.opType, ...lists, node.attribute('group')?.int].join(' ');
    })
    .sort();
}

/** Same outputs; and converted, the model before. */
async function expectRoundTrip(before: Uint8Array, { model, report }: Expanded, feeds: Feeds): Promise<void> {
  for (const { error } of report.expansions) expect(error).toBeLessThan(1e-10);
  expect(await differenceOf(before, model, feeds)).toBeLessThan(2e-5);
  const { model: back, report: converted } = await reparameterize(model);
  expect(converted.fusions.length).toBeGreaterThanOrEqual(report.expansions.length);
  expect(await shapesOf(back)).toEqual(await shapesOf(before));
  expect(await countByKind(back)).toEqual(await countByKind(before));
  expect(await differenceOf(before, back, feeds)).toBeLessThan(2e-5);
}

const typesOf = (nodes: readonly NodeReference[]) => nodes.map(({ opType }) => opType).join(' ');

/** A conv, an activation, and a conv that changes size and channels. */
function twoConvs(): Uint8Array {
  const b = new GraphBuilder(['n', 4, 'h', 'w']);
  const first = b.relu(b.conv('x', [7, 7]));
  return fileOf(b.graph(b.relu(b.conv(first, [5, 5], { out: 8, stride: 2, pads: 1 }))));
}

const feeds = { x: signedValues([2, 4, 13, 10], 3) };

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

describe('insertNorms', () => {
  it('computes the same, and converts back', async () => {
    const bytes = twoConvs();
    const expanded = await insertNorms(bytes);
    expect(expanded.report.expansions.map(({ into }) => typesOf(into))).toEqual(
      new Array(2).fill('Conv BatchNormalization'),
    );
    await expectRoundTrip(bytes, expanded, feeds);
  });

  it('a conv that has one, and a product whose channels come last, are left alone', async () => {
    const b = new GraphBuilder([2, 4, 7, 6]);
    const bytes = fileOf(b.graph(b.node('MatMul', [b.relu(b.norm(b.conv('x', [3, 3]))), b.constant([6, 6])])));
    const { report } = await insertNorms(bytes);
    expect(report.refusals.map(({ reason }) => reason)).toEqual(['normalized-already', 'axis-mismatch']);
  });

  it('takes measured statistics, and keeps the weights then', async () => {
    const bytes = twoConvs();
    const statistics = new Map([['v2', { mean: [1, 2, 3, 4], variance: [4, 3, 2, 1] }]]);
    const { model } = await insertNorms(bytes, { statistics, only: ['v2'], epsilon: 1e-3 });
    const { graph } = await openModel(bytesSource(model));
    const bias = (await openModel(bytesSource(bytes))).graph.initializers.get('c1')!.values();
    const norm = (role: string) => Array.from(graph.initializers.get(`v2.norm.${role}`)!.values());
    expect(norm('variance')).toEqual([4, 3, 2, 1]);
    expect(norm('shift')).toEqual([1, 2, 3, 4]);
    for (const [c, mean] of norm('mean').entries()) expect(mean).toBeCloseTo(c + 1 - bias[c]!, 6);
    expect(await differenceOf(bytes, model, feeds)).toBeLessThan(1e-5);
  });
});

describe('files', () => {
  it('external data is read beside the model and written beside the new one', async () => {
    const line = listOpsetModels().find(({ name }) => name === 'external')!;
    const folder = mkdtempSync(join(tmpdir(), 'reparam-'));
    try {
      copyFileSync(line.path, join(folder, 'external.onnx'));
      copyFileSync(`${line.path}_data`, join(folder, 'external.onnx_data'));
      const [deploy, expanded, normed] = ['deploy.onnx', 'expanded.onnx', 'normed.onnx'].map((name) =>
        join(folder, name),
      );
      const { reparameterizeFile } = await import('../src/node.ts');
      await reparameterizeFile(join(folder, 'external.onnx'), deploy!);
      const report = await expandFile(deploy!, expanded!, { block: 'repvgg' });
      expect(report.after.bytes).toBeGreaterThan(report.before.bytes);
      await insertNormsFile(deploy!, normed!);
      const [input, expected] = [await readNpy(line.inputPath), await readNpy(line.outputPath)];
      for (const path of [expanded!, normed!]) {
        const session = await createSession(path);
        const { y } = await runSession(session, { x: { dims: input.shape, data: input.data as Float32Array } });
        expect(relativeError(y!, { dims: expected.shape, data: expected.data as Float32Array })).toBeLessThan(1e-5);
        await session.release();
      }
      expect(await expandFile(deploy!, null, { block: 'repvgg' })).toMatchObject({
        after: { operators: expect.any(Number) },
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** Networks of the field, deployed by their authors, expanded and converted again. */
describe.each(
  listFixtures().filter(({ name }) =>
    ['repvgg', 'mobileone', 'fastvit', 'unireplknet', 'levit', 'repvit', 'blocks'].includes(name),
  ),
)('$name', (fixture) => {
  it.each(BLOCKS)('%s and back', async (block) => {
    const before = await deployed(fixture);
    const expanded = await expandModel(before, { block, rank: 1 });
    if (expanded.report.expansions.length === 0) return;
    await expectRoundTrip(before, expanded, await inputsOf(fixture));
  });

  it('insertNorms and back', async () => {
    const before = await deployed(fixture);
    await expectRoundTrip(before, await insertNorms(before), await inputsOf(fixture));
  });
});

/** What converting leaves: nothing more to fuse. */
async function deployed(fixture: Fixture): Promise<Uint8Array> {
  const train = fixture.train.find(({ path }) => path !== null)!;
  return (await reparameterize(new Uint8Array(readFileSync(train.path!)))).model;
}

async function inputsOf(fixture: Fixture): Promise<Feeds> {
  const [name] = Object.keys(fixture.inputs);
  const { shape, data } = await readNpy(fixture.inputPath);
  return { [name!]: { dims: shape, data: data as Float32Array } };
}
