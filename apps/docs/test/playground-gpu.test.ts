/** Models on WebGPU, in software where Chromium gives it so; and what the page says where there is none. */
import type { Page } from 'playwright';
import { describe, expect, test } from 'vitest';
import { findGpu } from '../.vitepress/theme/playground/run/find-gpu.ts';
import { openBrowser, WITH_GPU } from './open-browser.ts';

const openWithGpu = openBrowser(WITH_GPU);
const openWithout = openBrowser();

/** Name of the adapter, or null. */
function findAdapter(page: Page): Promise<string | null> {
  return page.evaluate(async () => {
    const { gpu } = navigator as unknown as {
      gpu?: { requestAdapter(): Promise<{ info: { vendor: string; architecture: string } } | null> };
    };
    const adapter = await gpu?.requestAdapter();
    return adapter ? `${adapter.info.vendor} ${adapter.info.architecture}` : null;
  });
}

/** Counts what any worker hands to the GPU from now on. */
async function countSubmits(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    Object.assign(window, { submits: 0 });
    new BroadcastChannel('submits').onmessage = () => {
      (window as unknown as { submits: number }).submits++;
    };
  });
  page.on('worker', (worker) => {
    const watch = () => {
      const { prototype } = (globalThis as unknown as { GPUQueue: { prototype: { submit(list: unknown): void } } })
        .GPUQueue;
      const { submit } = prototype;
      const channel = new BroadcastChannel('submits');
      prototype.submit = function (list) {
        channel.postMessage(0);
        submit.call(this, list);
      };
    };
    void worker.evaluate(watch).catch(() => {}); // a worker that has ended submits nothing
  });
  return () => page.evaluate(() => (window as unknown as { submits: number }).submits);
}

test('both models run on WebGPU, equal and timed', { timeout: 170_000 }, async ({ skip }) => {
  const { page, problems } = await openWithGpu('/playground.html#sample=digits');
  const adapter = await findAdapter(page);
  console.info(`WebGPU: ${adapter ?? 'no adapter, so that models are not run on it'}`);
  if (adapter === null) skip('navigator.gpu.requestAdapter() gives null.');
  const readSubmits = await countSubmits(page);
  await page.getByLabel('Runtime').selectOption('webgpu');
  await page.getByRole('button', { name: 'Verify' }).click();
  await page.getByTestId('verified').waitFor({ timeout: 70_000 });
  expect(await page.getByTestId('verified').textContent()).toContain('= Equal');
  expect(await page.getByTestId('verified').textContent()).toContain('(webgpu)');
  const submits = await readSubmits();
  expect(submits).toBeGreaterThan(0);
  await page.getByRole('button', { name: 'Time', exact: true }).click();
  await page.getByTestId('timing').waitFor({ timeout: 90_000 });
  expect(await page.getByTestId('timing').textContent()).toMatch(/\d\.\d\d times as fast/);
  expect(await readSubmits()).toBeGreaterThan(submits);
  expect(problems).toEqual([]);
});

test('without an adapter the page says so, and runs on WebAssembly', async ({ skip }) => {
  const { page, problems } = await openWithout('/playground.html#sample=digits');
  if ((await findAdapter(page)) !== null) skip('This browser gives an adapter without being asked to.');
  await page.getByTestId('no-gpu').waitFor();
  expect(await page.getByTestId('no-gpu').textContent()).toMatch(/^WebGPU is not offered: this browser/);
  expect(await page.getByLabel('Runtime').locator('option').allTextContents()).toEqual(['ONNX Runtime, WebAssembly']);
  await page.getByRole('button', { name: 'Verify' }).click();
  await page.getByTestId('verified').waitFor({ timeout: 50_000 });
  expect(await page.getByTestId('verified').textContent()).toContain('(wasm)');
  expect(problems).toEqual([]);
});

describe('what a browser answers', () => {
  const adapter = (info?: object) => ({ gpu: { requestAdapter: async () => ({ info }) as never } });

  test.each([
    ['a name', adapter({ vendor: 'nvidia', architecture: 'hopper' }), { name: 'nvidia hopper' }],
    [
      'a name in software',
      adapter({ vendor: 'google', architecture: 'swiftshader', isFallbackAdapter: true }),
      { name: 'google swiftshader, in software' },
    ],
    ['no name', adapter(), { name: 'unnamed' }],
  ])('%s', async (_, holder, found) => {
    expect(await findGpu(holder)).toEqual(found);
  });

  test.each([
    ['nothing', {}],
    ['null', { gpu: { requestAdapter: async () => null } }],
    ['an error', { gpu: { requestAdapter: () => Promise.reject(new Error('blocked')) } }],
    ['never', { gpu: { requestAdapter: () => new Promise<never>(() => {}) } }],
  ])('%s', async (_, holder) => {
    expect(await findGpu(holder, 5)).toEqual({ missing: expect.stringContaining('WebGPU is not offered') });
  });
});
