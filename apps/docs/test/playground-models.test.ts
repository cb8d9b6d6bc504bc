/** The playground with models that are unusual: large, of TensorFlow.js, and with hostile names. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseModelJson, verify } from '@reparam/tfjs';
import * as cpu from '@tensorflow/tfjs-backend-cpu';
import * as core from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { unzipSync } from 'fflate';
import { afterAll, expect, test } from 'vitest';
import { GraphBuilder } from '../../../packages/onnx/test/graph-builder.ts';
import { fileOf } from '../../../packages/onnx/test/graph-file.ts';
import { root } from '../../../scripts/pnpm.js';
import { blocks } from './block-models.ts';
import { openBrowser } from './open-browser.ts';

const open = openBrowser();
const folder = mkdtempSync(join(tmpdir(), 'playground-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Time of the thread, in microseconds: a busy machine does not lengthen it. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** The longest that the page's own thread worked without a pause, in milliseconds. */
function longestTask(trace: Buffer): number {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
  const keyOf = ({ pid, tid }: TraceEvent) => `${pid}:${tid}`;
  const named = traceEvents.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain');
  const threads = new Set(named.map(keyOf));
  const own = traceEvents.filter((event) => threads.has(keyOf(event)));
  return own.reduce((longest, { tdur = 0 }) => Math.max(longest, tdur / 1000), 0);
}

test('a model of 100 MB and 2,000 nodes never blocks the page for 100 ms', { timeout: 170_000 }, async () => {
  const bytes = blocks(334, 90);
  expect(bytes.length).toBeGreaterThan(100e6);
  const path = join(folder, 'large.onnx');
  writeFileSync(path, bytes);
  const { page } = await open('/playground.html');
  const browser = page.context().browser()!;
  await browser.startTracing(page, { categories: ['toplevel', '__metadata'] });
  await page.getByTestId('files').setInputFiles(path);
  await page.getByTestId('summary').waitFor({ timeout: 120_000 });
  expect(await page.getByTestId('summary').textContent()).toContain('334 fusions');
  await page.locator('.graph .node.region').first().waitFor({ timeout: 60_000 });
  const frame = page.locator('.graph .frame').first();
  await frame.focus();
  for (const key of ['-', '-', '-', '-', '-', 'ArrowDown', 'ArrowDown', '+', '0']) await frame.press(key);
  await page.getByTestId('region').nth(20).click();
  await page.getByTestId('merged').first().waitFor({ timeout: 30_000 });
  const busy = longestTask(await browser.stopTracing());
  expect(busy).toBeGreaterThan(0);
  expect(busy).toBeLessThan(100);
});

test('a model.json with its shard comes back as an archive of both, which computes the same', async () => {
  const { page, problems } = await open('/playground.html#sample=tfjs');
  await page.getByTestId('summary').waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('download').click()]);
  expect(download.suggestedFilename()).toBe('model.deploy.zip');
  const { 'model.json': json, ...shards } = unzipSync(readFileSync(await download.path()));
  const sample = join(root, 'apps/docs/.vitepress/generated/tfjs-sample');
  const read = (text: string, parts: readonly Uint8Array[]) => ({
    ...parseModelJson(text, 'model.json').artifacts,
    weightData: parts.map((part) => new Uint8Array(part).buffer),
  });
  const before = read(readFileSync(join(sample, 'model.json'), 'utf8'), [
    readFileSync(join(sample, 'group1-shard1of1.bin')),
  ]);
  const after = read(new TextDecoder().decode(json), Object.values(shards));
  expect(cpu.version_cpu).toBe(core.version_core);
  await core.setBackend('cpu');
  const report = await verify({ ...core, ...layers }, before, after);
  expect(report.failure).toBeUndefined();
  expect(report.equal).toBe(true);
  await page.getByRole('button', { name: 'Verify' }).click();
  await page.getByTestId('verified').waitFor({ timeout: 50_000 });
  expect(await page.getByTestId('verified').textContent()).toContain('= Equal');
  await page.getByTestId('region').first().click();
  await page.getByTestId('merged').first().waitFor();
  expect(problems).toEqual([]);
});

test('shards that are missing are named', async () => {
  const { page } = await open('/playground.html');
  const model = join(root, 'apps/docs/.vitepress/generated/tfjs-sample/model.json');
  await page.getByTestId('files').setInputFiles(model);
  await page.getByRole('alert').waitFor();
  expect(await page.getByRole('alert').textContent()).toContain('group1-shard1of1.bin');
});

test('names from a file are never markup', async () => {
  const name = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';
  const builder = new GraphBuilder();
  const sum = builder.add(builder.norm(builder.conv('x', [3, 3])), builder.norm(builder.conv('x', [1, 1])));
  const graph = builder.graph(builder.relu(sum));
  const rename = (value: string) => (value === sum || value === 'x' ? `${name}${value}` : value);
  const nodes = graph.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
  }));
  const inputs = graph.inputs.map((input) => ({ ...input, name: rename(input.name) }));
  const { page, problems } = await open('/playground.html');
  const buffer = Buffer.from(fileOf({ ...graph, nodes, inputs }));
  await page.getByTestId('files').setInputFiles({ name: `${name.replace(/\//g, '')}.onnx`, mimeType: '', buffer });
  await page.getByTestId('region').first().click();
  await page.getByTestId('merged').first().waitFor();
  await page.locator('.graph .node').first().waitFor();
  expect(await page.locator('.playground img, .playground script').count()).toBe(0);
  expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
  expect(await page.locator('.detail .name').textContent()).toContain(name);
  expect(problems).toEqual([]);
});

test('weights that only ONNX Runtime evaluates merge here too', async () => {
  const b = new GraphBuilder();
  const kernel = b.node('CumSum', [b.constant([4, 4, 3, 3]), b.whole(1)]);
  const path = join(folder, 'computed.onnx');
  writeFileSync(path, fileOf(b.graph(b.norm(b.node('Conv', ['x', kernel], { pads: [1, 1, 1, 1] })))));
  const { page, problems } = await open('/playground.html');
  await page.getByTestId('files').setInputFiles(path);
  await page.getByTestId('summary').waitFor({ timeout: 60_000 });
  expect(await page.getByTestId('summary').textContent()).toContain('1 fusion');
  expect(problems).toEqual([]);
});
