/** Models in onnxruntime-web in a page: train-time and deploy form compute the same, and `verify` says so. */
import { beforeAll, expect, test } from 'vitest';
import { reparameterize } from '../../src/index.ts';
import { benchModels, loadRuntime, parseNpy, type Runtime, type TensorData, verify } from '../../src/verify/index.ts';
import { fetchBytes } from './files.ts';

let runtime: Runtime;
let train: Uint8Array;
let deploy: Uint8Array;

beforeAll(async () => {
  runtime = await loadRuntime({ module: await import('onnxruntime-web/wasm') });
  train = await fetchBytes('digits-train.onnx');
  deploy = (await reparameterize(train)).model;
});

async function logitsOf(model: Uint8Array, image: TensorData): Promise<Float32Array> {
  const session = await runtime.createSession(model);
  try {
    const { logits } = await session.run({ image });
    return logits!.data as Float32Array;
  } finally {
    await session.release();
  }
}

/** Index of the largest of each ten. */
function digitsOf(logits: Float32Array): number[] {
  return Array.from({ length: logits.length / 10 }, (_, image) => {
    const row = logits.subarray(10 * image, 10 * image + 10);
    return row.indexOf(Math.max(...row));
  });
}

test('450 real images: the same scores, and the digits that were trained', async () => {
  const images = parseNpy(await fetchBytes('test-images.npy'));
  const labels = Array.from(parseNpy(await fetchBytes('test-labels.npy')).data as Int32Array);
  const [before, after] = [await logitsOf(train, images), await logitsOf(deploy, images)];
  expect(after).toHaveLength(4500);
  const range = before.reduce((largest, score) => Math.max(largest, Math.abs(score)), 0);
  const difference = before.reduce((largest, score, index) => Math.max(largest, Math.abs(score - after[index]!)), 0);
  expect(difference / range).toBeLessThan(1e-5);
  expect(difference).toBeGreaterThan(0); // The two really are different models.
  const right = digitsOf(after).filter((digit, index) => digit === labels[index]).length;
  expect(right).toBe(449);
  expect(digitsOf(after)).toEqual(digitsOf(before));
});

test('verify finds the deploy model equal', async () => {
  const report = await verify(train, deploy, { runtime });
  expect(report).toMatchObject({ equal: true, runtime: { name: 'onnxruntime-web' } });
  expect(report.cases.length).toBeGreaterThanOrEqual(8);
  expect(report.outputs[0]!.maxRelative).toBeLessThan(1e-5);
});

test('verify finds a model with one other weight different, and where', async () => {
  const changed = deploy.slice();
  // Four bytes amid the weights, so that an exponent is one of them.
  for (let at = changed.length >> 1, end = at + 4; at < end; at++) changed[at]! ^= 0x40;
  const report = await verify(train, changed, { runtime });
  expect(report.equal).toBe(false);
  expect(report.failure?.firstDivergent?.name).toBeTruthy();
});

test('verify runs float16 models, whose tensors are Float16Arrays here', async () => {
  const half = await fetchBytes('float16-raw-data.onnx');
  const { model, report } = await reparameterize(half);
  expect(report.fusions).toHaveLength(1);
  expect(await verify(half, model, { runtime })).toMatchObject({ equal: true });
});

test('benchModels measures both in the page', async () => {
  const shapes = { image: [1, 1, 16, 16] };
  const models = [
    { name: 'train', model: train },
    { name: 'deploy', model: deploy },
  ];
  const report = await benchModels(models, { runtime, seconds: 0.2, shapes });
  expect(report.models.map(({ name }) => name)).toEqual(['train', 'deploy']);
  for (const { median } of report.models) expect(median).toBeGreaterThan(0);
});

test('a page without a runtime that it can import by name is told to hand one over', async () => {
  await expect(loadRuntime()).rejects.toMatchObject({
    code: 'runtime-missing',
    hint: expect.stringContaining('module:'),
  });
});
