/**
 * Measures models before and after conversion in headless Chromium: `node browser.mjs [seconds] [names...]`. Writes results/tfjs-browser.json.
 * Each model has BUDGET seconds (600) on each backend: slow ones run fewer times, and what does not end is noted and stopped.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { loadavg, tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as core from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { build } from 'esbuild';
import { chromium } from 'playwright';
import { artifactsOf, describeInterface, reparameterizeArtifacts } from '../../packages/tfjs/dist/index.js';
import { writeModelFolder } from '../../packages/tfjs/dist/node.js';
import { repVGGBlock } from '../../packages/tfjs/dist/train/index.js';
import { MODELS } from './models.mjs';

const [seconds = '10', ...names] = process.argv.slice(2);
const budget = Number(process.env.BUDGET ?? 600);
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'reparam-bench-'));
const wasm = join(dirname(here('node_modules/@tensorflow/tfjs-backend-wasm/package.json')), 'wasm-out');
const RESULTS = here('../results/tfjs-browser.json');
const TYPES = { '.js': 'text/javascript', '.json': 'application/json', '.wasm': 'application/wasm' };
/** Isolated, so that wasm may have threads, as in Node. */
const HEADERS = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

async function repVgg() {
  await import('@tensorflow/tfjs-backend-cpu');
  const input = layers.input({ shape: [28, 28, 32], name: 'image' });
  let x = input;
  for (let block = 0; block < 10; block++) x = repVGGBlock({ ...core, ...layers }, { filters: 32 }).apply(x);
  return await artifactsOf(layers.model({ inputs: input, outputs: x }));
}

function serve() {
  const server = createServer(({ url }, response) => {
    const path = url === '/' ? null : url.startsWith('/wasm/') ? join(wasm, url.slice(6)) : join(folder, url);
    if (path !== null && !existsSync(path)) return response.writeHead(404).end();
    const type = path === null ? 'text/html' : (TYPES[extname(path)] ?? 'application/octet-stream');
    response.writeHead(200, { ...HEADERS, 'Content-Type': type });
    response.end(path === null ? '<!doctype html><script type="module" src="/page.js"></script>' : readFileSync(path));
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

await build({
  entryPoints: [here('page.mjs')],
  bundle: true,
  format: 'esm',
  outfile: join(folder, 'page.js'),
  define: { 'process.env': '{}' },
  logLevel: 'error',
});
const server = await serve();
const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const args = ['--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'];

/** In a browser of its own: what a backend holds of another model slows it, and one that does not end is killed. */
async function measure(given) {
  const running = await chromium.launchServer({ executablePath, args });
  const browser = await chromium.connect(running.wsEndpoint());
  let done = 'started';
  let timer;
  try {
    const page = await browser.newPage();
    page.on('console', (message) => {
      if (message.text().startsWith('done: ')) done = message.text();
    });
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await page.waitForFunction(() => globalThis.measure !== undefined);
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`stopped after ${budget} s, ${done}`)), 1000 * budget);
    });
    const result = await Promise.race([page.evaluate((own) => globalThis.measure(own), given), late]);
    return { ...result, browser: browser.version() };
  } catch (error) {
    return { failed: String(error).split('\n')[0] };
  } finally {
    clearTimeout(timer);
    await running.kill();
  }
}

let results = existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, 'utf8')) : [];
mkdirSync(join(folder, 'models'));
const all = { '10 RepVGG blocks 28x28x32': { load: repVgg, high: 1 }, ...MODELS };
for (const [name, { load, high, only, shapes }] of Object.entries(all)) {
  if (names.length > 0 && !names.includes(name)) continue;
  const before = await load();
  const { artifacts } = await reparameterizeArtifacts(before);
  writeModelFolder(join(folder, 'models/train'), before, { overwrite: true });
  writeModelFolder(join(folder, 'models/deploy'), artifacts, { overwrite: true });
  const inputs = (await describeInterface(before)).inputs.map((input) => input.name);
  const ranges = Object.fromEntries(inputs.map((input) => [input, [0, high]]));
  const options = { ranges, shapes: only ? { [inputs[0]]: only } : (shapes ?? {}) };
  const row = { name, latency: {} };
  for (const backend of ['wasm', 'webgl']) {
    const rounds = { seconds: Number(seconds), warmup: backend === 'webgl' ? 2 : 5, budget };
    const isGraph = Array.isArray(before.modelTopology.node);
    const { browser, ...latency } = await measure({ backend, isGraph, options, rounds });
    row.latency[backend] = latency;
    row.browser ??= browser;
    row.load = loadavg()[0];
  }
  results = [...results.filter((other) => other.name !== name), row]; // others may have been measured before
  writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
  console.log(JSON.stringify(row));
}
server.close();
rmSync(folder, { recursive: true });
