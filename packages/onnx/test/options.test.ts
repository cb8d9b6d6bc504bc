/** What `reparameterize` is told, and what it says on the way. */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listOpsetModels, readNpy } from '@reparam/testing';
import { describe, expect, it } from 'vitest';
import { type Progress, reparameterize, ShapeError } from '../src/index.ts';
import { reparameterizeFile } from '../src/node.ts';
import { openModel } from '../src/proto/model.ts';
import { bytesSource } from '../src/proto/source.ts';
import { compareConverted } from './differential.ts';
import { GraphBuilder } from './graph-builder.ts';
import { fileOf } from './graph-file.ts';
import { createSession, relativeError, runSession } from './runtime.ts';

/** Two blocks of a conv and a branch, an activation between. */
function twoBlocks(): Uint8Array {
  const b = new GraphBuilder(['n', 4, 'h', 'w']);
  const block = (value: string) => b.add(b.conv(value, [3, 3]), b.conv(value, [1, 1]));
  return fileOf(b.graph(block(b.relu(block('x')))));
}

describe('only and skip', () => {
  it('convert what a pattern names', async () => {
    const all = (await reparameterize(twoBlocks())).report;
    expect(all.fusions.length).toBe(2);
    const [first, second] = all.fusions.map(({ name }) => name);
    const { report } = await reparameterize(twoBlocks(), { only: all.fusions[0]!.nodes.map(({ name }) => name) });
    expect(report.fusions.map(({ name }) => name)).toEqual([first]);
    const skipped = await reparameterize(twoBlocks(), { skip: [first!] });
    expect(skipped.report.fusions.map(({ name }) => name)).toEqual([second]);
    expect(skipped.report.refusals.map(({ reason }) => reason)).toContain('excluded-by-option');
  });

  it('tell which patterns match nothing', async () => {
    const { report } = await reparameterize(twoBlocks(), { only: ['Conv', 'Cnov', 'node_*'], skip: ['*zzz*', 'Relu'] });
    expect(report.unmatchedPatterns).toEqual(['Cnov', '*zzz*']);
    expect((await reparameterize(twoBlocks())).report.unmatchedPatterns).toEqual([]);
  });

  it('leave all alone where the pattern names a kind', async () => {
    const bytes = twoBlocks();
    const { model, report } = await reparameterize(bytes, { skip: ['Conv', 'Add'] });
    expect(report.fusions).toEqual([]);
    expect(Buffer.compare(model, bytes)).toBe(0);
  });
});

it('shapes settle what a free size leaves open', async () => {
  const b = new GraphBuilder(['n', 4, 'h', 'w']);
  const same = (kernel: number) =>
    b.node('Conv', ['x', b.constant([4, 4, kernel, kernel])], { auto_pad: 'SAME_UPPER', strides: [2, 2] });
  const bytes = fileOf(b.graph(b.add(same(3), same(1))));
  const open = await reparameterize(bytes);
  expect(open.report.fusions).toEqual([]);
  expect(open.report.refusals.map(({ reason }) => reason)).toContain('size-depends-on-input');
  const { report } = await reparameterize(bytes, { shapes: { x: [1, 4, 8, 8] } });
  expect(report.after.operatorCounts).toEqual({ Conv: 1 });
  const given = (shapes: Record<string, number[]>) => reparameterize(bytes, { shapes });
  await expect(given({ x: [1, 3, 8, 8] })).rejects.toThrow('is given the shape [1, 3, 8, 8], expected [?, 4, ?, ?]');
  await expect(given({ x: [4, 8, 8] })).rejects.toThrow(ShapeError);
  await expect(given({ y: [1, 4, 8, 8] })).rejects.toThrow('The model has no input "y", expected "x".');
});

it('a dry run reports and writes nothing', async () => {
  const { model, report } = await reparameterize(twoBlocks(), { dryRun: true });
  expect(model.length).toBe(0);
  expect(report.fusions.length).toBe(2);
});

it('a full proof compares every channel', async () => {
  const b = new GraphBuilder([1, 4, 5, 5]);
  const bytes = fileOf(b.graph(b.norm(b.conv('x', [3, 3], { out: 40 }), 40)));
  const few = (await reparameterize(bytes)).report.fusions[0]!;
  const all = (await reparameterize(bytes, { proof: 'full' })).report.fusions[0]!;
  expect(few.proof).toEqual({ channels: 32, totalChannels: 40 });
  expect(all.proof).toEqual({ channels: 40, totalChannels: 40 });
});

it('a proof compares fewer channels where each is long, and says how many', async () => {
  const b = new GraphBuilder(['n', 256, 'h', 'w']);
  const bytes = fileOf(b.graph(b.norm(b.conv('x', [3, 3], { out: 32, dilation: 36 }, 256), 32)));
  const few = (await reparameterize(bytes)).report.fusions[0]!;
  expect(few.proof.channels).toBeGreaterThanOrEqual(8);
  expect(few.proof.channels).toBeLessThan(32);
});

it('stops when it is told to', async () => {
  const controller = new AbortController();
  controller.abort(new Error('enough'));
  await expect(reparameterize(twoBlocks(), { signal: controller.signal })).rejects.toThrow('enough');
});

it('stops in the middle where an event that waited aborts it, and writes nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reparam-'));
  try {
    writeFileSync(join(folder, 'in.onnx'), twoBlocks());
    const controller = new AbortController();
    let waits = false;
    const onProgress = () => {
      // As an interrupt would, this runs only when the conversion lets it.
      if (!waits) setImmediate(() => controller.abort(new Error('enough')));
      waits = true;
      return new Promise((resolve) => setImmediate(resolve));
    };
    const options = { signal: controller.signal, onProgress };
    await expect(reparameterizeFile(join(folder, 'in.onnx'), join(folder, 'out.onnx'), options)).rejects.toThrow(
      'enough',
    );
    expect(readdirSync(folder)).toEqual(['in.onnx']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('says that the file is there before the work, not after it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reparam-'));
  try {
    for (const name of ['in.onnx', 'out.onnx']) writeFileSync(join(folder, name), twoBlocks());
    const stages: string[] = [];
    const options = { onProgress: ({ stage }: Progress) => void stages.push(stage) };
    const convert = (more: object) =>
      reparameterizeFile(join(folder, 'in.onnx'), join(folder, 'out.onnx'), { ...options, ...more });
    await expect(convert({})).rejects.toMatchObject({ code: 'already-exists' });
    expect(stages).toEqual([]);
    await convert({ dryRun: true });
    await convert({ overwrite: true });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('tells how far it is', async () => {
  const seen: Progress[] = [];
  await reparameterize(twoBlocks(), { onProgress: (progress) => seen.push(progress) });
  expect(new Set(seen.map(({ stage }) => stage))).toEqual(new Set(['read', 'plan', 'fuse', 'write']));
  for (const { done, total } of seen) expect(done).toBeLessThanOrEqual(total);
});

it('the same input gives the same bytes', async () => {
  const [first, second] = [await reparameterize(twoBlocks()), await reparameterize(twoBlocks())];
  expect(Buffer.compare(first.model, second.model)).toBe(0);
});

it('weights that would overflow the type of the model are not merged', async () => {
  const b = new GraphBuilder([1, 4, 5, 5]);
  const conv = b.node('Conv', ['x', b.constant([4, 4, 1, 1], 300)]);
  const bytes = fileOf({ ...b.graph(b.node('Mul', [conv, b.constant([4, 1, 1], 300)])), type: 10 });
  const { model, report } = await reparameterize(bytes);
  expect(report.refusals.map(({ reason }) => reason)).toContain('overflow');
  expect(Buffer.compare(model, bytes)).toBe(0);
});

it('weights of a model before IR 4 are written as Constant nodes, as it knows initializers only as inputs', async () => {
  const b = new GraphBuilder([1, 4, 5, 5], 8);
  const graph = b.graph(b.add(b.conv('x', [3, 3]), b.conv('x', [1, 1])));
  const old = { ...graph, ir: 3, tensors: graph.tensors.map((tensor) => ({ ...tensor, byNode: true })) };
  const { model, report } = await reparameterize(fileOf(old));
  expect(report.after.operatorCounts).toEqual({ Conv: 1 });
  const { graph: written } = await openModel(bytesSource(model));
  expect([...written.initializers.keys()]).toEqual([]);
  expect(written.nodes.map(({ opType }) => opType)).toEqual(['Constant', 'Constant', 'Conv']);
  expect((await compareConverted({ graph: old, runs: [{ x: [1, 4, 5, 5] }] })).failure).toBeUndefined();
});

it('external data is read beside the model and written beside the new one', async () => {
  const line = listOpsetModels().find(({ name }) => name === 'external')!;
  const folder = mkdtempSync(join(tmpdir(), 'reparam-'));
  try {
    copyFileSync(line.path, join(folder, 'external.onnx'));
    copyFileSync(`${line.path}_data`, join(folder, 'external.onnx_data'));
    const output = join(folder, 'deploy.onnx');
    const report = await reparameterizeFile(join(folder, 'external.onnx'), output);
    expect(report.after.operatorCounts).toEqual({ Conv: 1, Relu: 1 });
    expect(Buffer.compare(readFileSync(line.path), readFileSync(join(folder, 'external.onnx')))).toBe(0);
    const session = await createSession(output);
    const [input, expected] = [await readNpy(line.inputPath), await readNpy(line.outputPath)];
    const { y } = await runSession(session, { x: { dims: input.shape, data: input.data as Float32Array } });
    expect(relativeError(y!, { dims: expected.shape, data: expected.data as Float32Array })).toBeLessThan(1e-5);
    await session.release();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
