/** Conversions in a page: from dropped files and in a worker, with the same bytes as in Node. */
import { expect, inject, test } from 'vitest';
import { blobSource, bytesSource, FormatError, openModel, reparameterize } from '../../src/index.ts';
import { fetchBytes, fetchFile } from './files.ts';

async function digestOf(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new Uint8Array(bytes));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

test('a File converts to what Node makes of it, byte for byte', async () => {
  const { model, report } = await reparameterize(await openModel(blobSource(await fetchFile('digits-train.onnx'))));
  expect(await digestOf(model)).toBe(inject('deployDigest'));
  expect([report.before.operators, report.after.operators]).toEqual([75, 21]);
  expect(report.fusions).toHaveLength(9);
  for (const { error } of report.fusions) expect(error).toBeLessThan(1e-12);
  const deploy = await openModel(bytesSource(model));
  const types = new Set(deploy.graph.nodes.map(({ opType }) => opType));
  expect([...types].sort()).toEqual(['Conv', 'Flatten', 'Gemm', 'GlobalAveragePool', 'Relu']);
});

test('of a large File only the ranges that are needed are read', async () => {
  // A field that ONNX does not know, of 32 MB, after the model: readers skip it, and writers keep it.
  const size = 2 ** 25;
  const header = new Uint8Array([0xa2, 0x06, 0x80, 0x80, 0x80, 0x10]);
  const file = new File([await fetchFile('digits-train.onnx'), header, new Uint8Array(size)], 'large.onnx');
  let bytes = 0;
  const slice = (start: number, end: number) => {
    bytes += end - start;
    return file.slice(start, end);
  };
  const { report } = await reparameterize(await openModel(blobSource({ size: file.size, slice })), { dryRun: true });
  expect(report.fusions).toHaveLength(9);
  expect(bytes).toBeLessThan(2 * (file.size - size));
});

test('a page stops a conversion with its AbortController, between two steps', async () => {
  const controller = new AbortController();
  const stages: string[] = [];
  const onProgress = async ({ stage }: { stage: string }) => {
    stages.push(stage);
    await new Promise((resolve) => setTimeout(resolve));
    controller.abort();
  };
  const conversion = reparameterize(await fetchBytes('digits-train.onnx'), { onProgress, signal: controller.signal });
  await expect(conversion).rejects.toMatchObject({ name: 'AbortError' });
  expect(stages).not.toContain('write');
});

test('a file that is no model is refused', async () => {
  const opening = openModel(blobSource(new File(['{"format": "layers-model"}'], 'model.json')));
  await expect(opening).rejects.toBeInstanceOf(FormatError);
});

test('a worker converts a File that the page gives it', async () => {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  const answer = await new Promise<Uint8Array>((resolve, reject) => {
    worker.onmessage = ({ data }) => (typeof data === 'string' ? reject(new Error(data)) : resolve(data));
    worker.onerror = ({ message }) => reject(new Error(message));
    fetchFile('digits-train.onnx').then((file) => worker.postMessage(file), reject);
  });
  worker.terminate();
  expect(await digestOf(answer)).toBe(inject('deployDigest'));
});
