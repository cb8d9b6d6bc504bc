/** The playground as a reader uses it: a model in, its regions, both models run, and the deploy model out. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { verify } from '@reparam/onnx/verify';
import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { root } from '../../../scripts/pnpm.js';
import { findViolations } from './find-violations.ts';
import { openBrowser } from './open-browser.ts';

const open = openBrowser();
const DIGITS = join(root, 'examples/digits/digits-train.onnx');

const summaryOf = (page: Page) => page.getByTestId('summary');

test('a dropped model converts, and what is downloaded computes the same in onnxruntime-node', async () => {
  const { page, problems } = await open('/playground.html');
  const bytes = readFileSync(DIGITS);
  const transfer = await page.evaluateHandle((data) => {
    const drop = new DataTransfer();
    drop.items.add(new File([Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0))], 'digits-train.onnx'));
    return drop;
  }, bytes.toString('base64'));
  await page.getByLabel('Choose a model').dispatchEvent('drop', { dataTransfer: transfer });
  await summaryOf(page).waitFor();
  expect(await summaryOf(page).textContent()).toMatch(/\d+ fusions, proven to \d\.\de-1\d/);
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('download').click()]);
  expect(download.suggestedFilename()).toBe('digits-train.deploy.onnx');
  const deploy = readFileSync(await download.path());
  expect(deploy.length).toBeLessThan(bytes.length);
  const report = await verify(new Uint8Array(bytes), new Uint8Array(deploy), { runtime: 'node' });
  expect(report.failure).toBeUndefined();
  expect(report.equal).toBe(true);
  expect(problems).toEqual([]);
});

test('a region shows its branches in both graphs', async () => {
  const { page, problems } = await open('/playground.html#sample=mobileone');
  await page.getByTestId('region').first().waitFor();
  await page.locator('.graph .node.region').first().waitFor();
  await page.getByTestId('region').first().click();
  await page.getByTestId('merged').first().waitFor();
  expect(await page.getByTestId('branch').count()).toBeGreaterThan(1);
  const graphs = page.locator('.graph');
  for (const side of [0, 1]) expect(await graphs.nth(side).locator('.node.selected').count()).toBeGreaterThan(0);
  const difference = /differs from the sum by (\S+) of/.exec(
    (await page.getByTestId('detail').textContent()) ?? '',
  )?.[1];
  expect(Number(difference)).toBeLessThan(1e-5);
  const number = page.locator('.numbers').nth(1);
  const [left, right] = ((await number.textContent()) ?? '').split(' = ');
  const read = (text: string) => Number(text.replace(/[()]/g, ''));
  expect(
    right!
      .split(' + ')
      .map(read)
      .reduce((a, b) => a + b),
  ).toBeCloseTo(read(left!), 4);
  expect(problems).toEqual([]);
});

test('a click on a node chooses its region', async () => {
  const { page } = await open('/playground.html#sample=digits');
  await page.locator('.graph .node.region rect').first().click();
  await page.getByTestId('detail').waitFor();
  expect(await page.locator('[data-test=region][aria-pressed=true]').count()).toBe(1);
});

test('both models run in the page, equal and timed; a run can be cancelled', async () => {
  const { page, problems } = await open('/playground.html#sample=digits');
  await page.getByRole('button', { name: 'Verify' }).click();
  await page.getByTestId('verified').waitFor({ timeout: 50_000 });
  expect(await page.getByTestId('verified').textContent()).toContain('= Equal');
  await page.getByRole('button', { name: 'Time', exact: true }).click();
  await page.getByRole('button', { name: 'Cancel' }).click();
  expect(await page.getByTestId('timing').count()).toBe(0);
  await page.getByRole('button', { name: 'Time', exact: true }).click();
  await page.getByTestId('timing').waitFor({ timeout: 50_000 });
  expect(await page.getByTestId('timing').textContent()).toMatch(/\d\.\d\d times as fast/);
  expect(problems).toEqual([]);
});

test('what must stay is there with its reason and a remedy', async () => {
  const { page } = await open('/playground.html#sample=refused');
  await page.getByTestId('refusal').first().waitFor();
  const border = page.getByTestId('refusal').filter({ hasText: 'border' }).first();
  expect(await border.textContent()).toContain('To do: ');
  await border.getByRole('button', { name: 'Show in the graph' }).click();
  expect(await page.getByTestId('stayed').textContent()).toContain('To do: ');
});

test('a file that is no model gives a message, and the page goes on', async () => {
  const { page, problems } = await open('/playground.html');
  const files = page.getByTestId('files');
  await files.setInputFiles({ name: 'broken.onnx', mimeType: '', buffer: readFileSync(DIGITS).subarray(0, 5000) });
  await page.getByRole('alert').waitFor();
  expect(await page.getByRole('alert').textContent()).toContain('"broken.onnx" is damaged or is not an ONNX model');
  await files.setInputFiles([]);
  await files.setInputFiles(DIGITS);
  await summaryOf(page).waitFor();
  expect(await page.getByRole('alert').count()).toBe(0);
  expect(problems).toEqual([]);
});

test('settings are in the address, and an address sets them', async () => {
  const { page } = await open('/playground.html#sample=refused&border=repair&skip=Gemm%2C%2Fhead%2F*&seed=7');
  await summaryOf(page).waitFor();
  const code = page.locator('.equivalent code').first();
  expect(await code.textContent()).toBe(
    "npx reparam convert repghost.onnx --border repair --skip Gemm --skip '/head/*' --seed 7",
  );
  await page.locator('summary', { hasText: 'Options' }).click();
  await page.getByLabel('Shift before zero padding').selectOption('exact');
  await page.getByLabel('Shapes of inputs').fill('x=1,3,8,8');
  await page.getByLabel('Seed').click();
  expect(new URLSearchParams(new URL(page.url()).hash.slice(1)).get('shape')).toBe('x=1,3,8,8');
  expect(page.url()).not.toContain('border');
});

test('with the network cut, a page that was loaded loads again, converts and runs', async () => {
  const { page } = await open('/playground.html#sample=digits');
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  const verifyModels = async () => {
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.getByTestId('verified').waitFor({ timeout: 50_000 });
  };
  await verifyModels(); // the runtime is kept once it was used
  await page.context().setOffline(true);
  await page.goto(`${page.url().replace(/#.*/, '')}#sample=fastvit`);
  await page.reload();
  await summaryOf(page).waitFor();
  expect(await page.locator('.summary .title').textContent()).toBe('fastvit.onnx');
  await verifyModels();
  expect(await page.getByTestId('verified').textContent()).toContain('= Equal');
});

test('no violation with a region, refusals and code, light, dark and on a phone, which scrolls in one direction only', async () => {
  const { page } = await open('/playground.html#sample=digits', { colorScheme: 'light' });
  await page.getByTestId('region').nth(3).click();
  await page.getByTestId('merged').first().waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.getByRole('switch', { name: 'Switch to dark theme' }).first().click();
  expect(await findViolations(page)).toEqual([]);
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  expect(await findViolations(page)).toEqual([]);
});
