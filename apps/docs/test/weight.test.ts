/** What a reader's browser loads: little on the first page, and no runtime where none is asked for. */
import { gzipSync } from 'node:zlib';
import { expect, inject, test } from 'vitest';
import { openBrowser } from './open-browser.ts';

const open = openBrowser();

/** In bytes, gzipped. */
const LIMIT = 150_000;

/** Scripts that a page loads until the network is quiet, and their size gzipped. */
async function loadScripts(path: string): Promise<{ urls: string[]; size: number }> {
  const { page } = await open('about:blank');
  const scripts: Promise<{ url: string; size: number }>[] = [];
  page.on('response', (response) => {
    const url = response.url();
    if (!/\.(m?js|wasm)$/.test(new URL(url).pathname)) return;
    scripts.push(response.body().then((body) => ({ url, size: gzipSync(body, { level: 9 }).length })));
  });
  await page.goto(inject('site') + path, { waitUntil: 'networkidle' });
  const loaded = await Promise.all(scripts);
  return { urls: loaded.map(({ url }) => url), size: loaded.reduce((sum, { size }) => sum + size, 0) };
}

test('the first page loads nothing of the playground', async () => {
  const { urls } = await loadScripts('/');
  expect(urls.filter((url) => /PlaygroundPage|worker/i.test(url))).toEqual([]);
});

test('the first page loads less than 150 kB of scripts', async () => {
  const { size } = await loadScripts('/');
  expect(size).toBeGreaterThan(0);
  expect(size).toBeLessThan(LIMIT);
});

test.each(['/', '/guide/laws/border.html', '/structures/dbb.html', '/playground.html#sample=digits'])(
  '%s loads no runtime',
  async (path) => {
    const { urls } = await loadScripts(path);
    expect(urls.filter((url) => /\.wasm|onnxruntime|tfjs|tensorflow/i.test(url))).toEqual([]);
  },
);
