/** The playground against what readers do to it: several things at once, and addresses. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { describe, expect, test } from 'vitest';
import { root } from '../../../scripts/pnpm.js';
import { blocks } from './block-models.ts';
import { drop } from './drop-files.ts';
import { openBrowser } from './open-browser.ts';

const open = openBrowser();
const DIGITS = readFileSync(join(root, 'examples/digits/digits-train.onnx'));
const FASTVIT = readFileSync(join(root, 'packages/testing/fixtures/fastvit/train.torchscript.onnx'));

const titleOf = (page: Page) => page.locator('.summary .title').textContent();
/** Some seconds of work: 150 RepVGG blocks in a row. */
const LARGE = Buffer.from(blocks(150, 64));

describe('several things at once', () => {
  test('of two drops the second counts', async () => {
    const { page, problems } = await open('/playground.html');
    await drop(page, [{ name: 'first.onnx', bytes: FASTVIT }]);
    await drop(page, [{ name: 'second.onnx', bytes: DIGITS }]);
    await page.getByTestId('summary').waitFor();
    await page.locator('.graph .node').first().waitFor();
    expect(await titleOf(page)).toBe('second.onnx');
    await page.waitForTimeout(500);
    expect(await titleOf(page)).toBe('second.onnx');
    expect(problems).toEqual([]);
  });

  test('a drop while a sample is fetched counts instead of it', async () => {
    const { page } = await open('/playground.html', { serviceWorkers: 'block' }); // it would answer from what it keeps
    let answer = () => {};
    const asked = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route(/mobileone|unfolded.*\.onnx/, async (route) => {
      await asked;
      await route.continue().catch(() => {});
    });
    await page.getByRole('button', { name: 'MobileOne' }).click();
    await page.getByRole('button', { name: 'Cancel' }).waitFor();
    expect(new URL(page.url()).hash).toBe('#sample=mobileone'); // a reader who loads the page again gets it
    await drop(page, [{ name: 'mine.onnx', bytes: DIGITS }]);
    await page.getByTestId('summary').waitFor();
    answer();
    await page.waitForTimeout(800);
    expect(await titleOf(page)).toBe('mine.onnx');
    expect(new URL(page.url()).hash).toBe('');
  });

  test('a drop while both models run ends the run', async () => {
    const { page, problems } = await open('/playground.html#sample=digits');
    await page.getByRole('button', { name: 'Time', exact: true }).click();
    await page.getByText('Measuring in turn').waitFor();
    await drop(page, [{ name: 'next.onnx', bytes: FASTVIT }]);
    await page.waitForFunction(() => document.querySelector('.summary .title')?.textContent === 'next.onnx');
    expect(await page.getByTestId('timing').count()).toBe(0);
    await expect.poll(() => page.workers().length).toBe(1); // the one that holds the model
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.getByTestId('verified').waitFor({ timeout: 50_000 });
    expect(problems).toEqual([]);
  });

  test.each(['Opening', 'Fusing and proving'])(
    'a conversion that is cancelled at "%s" leaves nothing, and another starts',
    async (phase) => {
      const { page, problems } = await open('/playground.html');
      await page.getByTestId('files').setInputFiles({ name: 'large.onnx', mimeType: '', buffer: LARGE });
      await page.getByText(phase).waitFor();
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.getByText(phase).waitFor({ state: 'detached' });
      await expect.poll(() => page.workers().length).toBe(0);
      expect(await page.getByTestId('summary').count()).toBe(0);
      await drop(page, [{ name: 'again.onnx', bytes: DIGITS }]);
      await page.locator('.graph .node').first().waitFor();
      expect(await titleOf(page)).toBe('again.onnx');
      expect(problems).toEqual([]);
    },
  );

  test('a drop while graphs are laid out counts instead of them', async () => {
    const { page, problems } = await open('/playground.html');
    await page.getByTestId('files').setInputFiles({ name: 'large.onnx', mimeType: '', buffer: LARGE });
    await page.getByText('Laying the graphs out').waitFor();
    await drop(page, [{ name: 'again.onnx', bytes: DIGITS }]);
    await page.waitForFunction(() => document.querySelector('.summary .title')?.textContent === 'again.onnx');
    await page.locator('.graph .node').first().waitFor();
    const label = await page.getByRole('application').first().getAttribute('aria-label');
    expect(Number(/(\d+) nodes/.exec(label!)![1])).toBeLessThan(100);
    expect(problems).toEqual([]);
  });
});

describe('addresses', () => {
  test('back and forward change the model; back to none, there is none', async () => {
    const { page, problems } = await open('/playground.html');
    const go = async (hash: string, title: string) => {
      await page.evaluate((value) => {
        window.location.hash = value;
      }, hash);
      await page.waitForFunction((name) => document.querySelector('.summary .title')?.textContent === name, title);
    };
    await go('sample=digits', 'digits-train.onnx');
    await go('sample=fastvit&seed=3', 'fastvit.onnx');
    await page.goBack();
    await page.waitForFunction(() => document.querySelector('.summary .title')?.textContent === 'digits-train.onnx');
    expect(await page.locator('.equivalent code').first().textContent()).toBe('npx reparam convert digits-train.onnx');
    await page.goForward();
    await page.waitForFunction(() => document.querySelector('.summary .title')?.textContent === 'fastvit.onnx');
    expect(await page.locator('.equivalent code').first().textContent()).toContain('--seed 3');
    await page.goBack();
    await page.waitForFunction(() => document.querySelector('.summary .title')?.textContent === 'digits-train.onnx');
    await page.goBack();
    await page.getByTestId('summary').waitFor({ state: 'detached' });
    expect(await page.locator('[aria-pressed=true]').count()).toBe(0);
    expect(problems).toEqual([]);
  });

  test.each(['nope', '__proto__', '<img src=x onerror=alert(1)>'])('a sample that there is not: %s', async (id) => {
    const { page, problems } = await open(`/playground.html#sample=${encodeURIComponent(id)}`);
    expect(await page.getByRole('alert').textContent()).toContain(`This site has no sample "${id}"`);
    expect(problems).toEqual([]);
  });
});
