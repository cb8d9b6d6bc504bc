/** `keep: ['norm']`: branches merge, and the last normalization behind them stays. */
import { readFileSync } from 'node:fs';
import { listFixtures } from '@reparam/testing';
import { describe, expect, it } from 'vitest';
import { reparameterize } from '../src/index.ts';
import { GraphBuilder } from './graph-builder.ts';
import { fileOf, type TestGraph } from './graph-file.ts';
import { createSession, relativeError, runSession, signedValues } from './runtime.ts';

const keep = ['norm'] as const;

/** Operators that are left, the same outputs, and a second run that changes nothing. */
async function expectKept(graph: TestGraph, operators: Readonly<Record<string, number>>): Promise<void> {
  const bytes = fileOf(graph);
  const { model, report } = await reparameterize(bytes, { keep });
  expect(report.after.operatorCounts).toEqual(operators);
  const [before, after] = [await createSession(bytes), await createSession(model)];
  const inputs = { x: signedValues(graph.inputs[0]!.dims as number[], 3) };
  const [expected, actual] = [await runSession(before, inputs), await runSession(after, inputs)];
  for (const name of before.outputNames) expect(relativeError(actual[name]!, expected[name]!)).toBeLessThan(1e-5);
  await before.release();
  await after.release();
  const second = await reparameterize(model, { keep });
  expect(second.report.fusions).toEqual([]);
  expect(Buffer.compare(second.model, model)).toBe(0);
}

describe('keep norm', () => {
  it('a conv and its normalization are left as they are', async () => {
    const b = new GraphBuilder();
    const bytes = fileOf(b.graph(b.relu(b.norm(b.conv('x', [3, 3])))));
    const { model, report } = await reparameterize(bytes, { keep });
    expect(Buffer.compare(model, bytes)).toBe(0);
    expect(report.refusals.map(({ reason }) => reason)).toContain('excluded-by-option');
  });

  it('branches merge in front of the normalization of their sum', async () => {
    const b = new GraphBuilder();
    const sum = b.add(b.norm(b.conv('x', [3, 3])), b.conv('x', [1, 1]), 'x');
    await expectKept(b.graph(b.relu(b.norm(sum))), { BatchNormalization: 1, Conv: 1, Relu: 1 });
  });

  it('normalizations inside the branches are not the last', async () => {
    const b = new GraphBuilder();
    const sum = b.add(b.norm(b.conv('x', [3, 3])), b.norm(b.conv('x', [1, 1])), b.norm('x'));
    await expectKept(b.graph(b.relu(sum)), { Conv: 1, Relu: 1 });
  });

  it('only the last of two in a row stays', async () => {
    const b = new GraphBuilder();
    await expectKept(b.graph(b.relu(b.norm(b.norm(b.conv('x', [3, 3]))))), {
      BatchNormalization: 1,
      Conv: 1,
      Relu: 1,
    });
  });

  it('one with a scale behind it stays, and so does the scale', async () => {
    const b = new GraphBuilder();
    const scaled = b.node('Mul', [b.norm(b.add(b.conv('x', [3, 3]), b.conv('x', [1, 1]))), b.constant([4, 1, 1])]);
    await expectKept(b.graph(b.relu(scaled)), { BatchNormalization: 1, Conv: 1, Mul: 1, Relu: 1 });
  });

  it('one that a skip connection of another value is added to stays', async () => {
    const b = new GraphBuilder();
    const inner = b.relu(b.norm(b.conv('x', [3, 3])));
    await expectKept(b.graph(b.relu(b.add(b.norm(b.conv(inner, [3, 3])), 'x'))), {
      Add: 1,
      BatchNormalization: 2,
      Conv: 2,
      Relu: 2,
    });
  });

  it('one in front of a conv is merged into it', async () => {
    const b = new GraphBuilder();
    await expectKept(b.graph(b.relu(b.conv(b.norm(b.relu('x')), [1, 1], { pads: 0 }))), { Conv: 1, Relu: 2 });
  });

  it('a matrix product keeps its own', async () => {
    const b = new GraphBuilder([3, 4]);
    const product = b.node('MatMul', ['x', b.constant([4, 4])]);
    const shifted = b.node('Add', [product, b.constant([4])]);
    await expectKept(b.graph(b.relu(b.norm(shifted))), { BatchNormalization: 1, Gemm: 1, Relu: 1 });
  });

  it.each(['qarepvgg', 'repvit', 'mobileone'])('%s: the rest is as small as without', async (name) => {
    const { path } = listFixtures()
      .find((fixture) => fixture.name === name)!
      .train.find((file) => file.path !== null)!;
    const bytes = new Uint8Array(readFileSync(path!));
    const all = (await reparameterize(bytes, { dryRun: true })).report.after.operatorCounts;
    const { BatchNormalization = 0, ...rest } = (await reparameterize(bytes, { keep, dryRun: true })).report.after
      .operatorCounts;
    const { BatchNormalization: without = 0, ...expected } = all;
    expect(rest).toEqual(expected);
    if (name !== 'mobileone') expect(BatchNormalization).toBeGreaterThan(without);
  });
});
