/** The graphs of the playground: those inside of others, and all of them by keys alone. */
import type { Page } from 'playwright';
import { describe, expect, test } from 'vitest';
import { fileOf } from '../../../packages/onnx/test/graph-file.ts';
import {
  block,
  body,
  branchNodes,
  branchWeights,
  callOf,
  choose,
  condition,
  handOn,
  image,
} from '../../../packages/onnx/test/inner/inner-graph.ts';
import { findViolations } from './find-violations.ts';
import { openBrowser } from './open-browser.ts';

const open = openBrowser();

/** An If with branches in one body, and a refusal and a deeper If in it; and a function with branches. */
function nested(): Uint8Array {
  const refused = { op: 'Selu', inputs: ['s'], outputs: ['selu'] };
  const conv = {
    op: 'Conv',
    inputs: ['selu', 'x3'],
    outputs: ['c'],
    attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] },
  };
  const inside = body([...branchNodes('c', 'd', 't')], branchWeights('d'), 't');
  const deeper = choose('w', [inside, handOn('c', 'q')]);
  const outer = body(
    [...branchNodes('x', 'a', 's'), refused, conv, deeper],
    [...branchWeights('a'), ...branchWeights('x')],
    'w',
  );
  return fileOf(
    image({
      nodes: [choose('y', [outer, handOn('x', 'r')]), callOf('Block', ['y'], 'z')],
      tensors: [condition],
      outputs: ['z'],
      functions: [block()],
    }),
  );
}

async function openModel(): Promise<{ page: Page; problems: readonly string[] }> {
  const opened = await open('/playground.html');
  const buffer = Buffer.from(nested());
  await opened.page.getByTestId('files').setInputFiles({ name: 'nested.onnx', mimeType: '', buffer });
  await opened.page.locator('.graph .node').first().waitFor();
  return opened;
}

const labelsOf = (page: Page, side: number) =>
  page
    .locator('.graph')
    .nth(side)
    .locator('.node')
    .evaluateAll((nodes) => nodes.map((node) => node.getAttribute('aria-label') ?? ''));
const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? '');
const trailOf = async (page: Page) =>
  (await page.getByTestId('trail').locator('li').allInnerTexts()).map((text) => text.replace(/\s+/g, ' ')).join(' › ');

describe('graphs inside of others', () => {
  test('a double click opens a body, before and after; the trail leads back', async () => {
    const { page, problems } = await openModel();
    const box = page.locator('.graph').first().locator('.node.opens').first();
    expect(await box.getAttribute('aria-label')).toContain('2 graphs, 2 merged');
    await box.dblclick();
    await page.getByTestId('trail').waitFor();
    expect(await trailOf(page)).toBe('main graph › node_y then_branch else_branch');
    expect((await labelsOf(page, 0)).filter((label) => label.includes('node_s_'))).toHaveLength(2);
    expect((await labelsOf(page, 1)).filter((label) => label.startsWith('Conv'))).toHaveLength(2);
    for (const side of [0, 1])
      expect(await page.locator('.graph').nth(side).locator('.node.region').count()).toBeGreaterThan(0);
    await page.getByTestId('trail').getByRole('button', { name: 'else_branch' }).click();
    await page.waitForFunction(() => document.querySelectorAll('.graph .node').length === 6);
    await page.getByTestId('trail').getByRole('button', { name: 'main graph' }).click();
    await page.getByTestId('trail').waitFor({ state: 'detached' });
    expect((await labelsOf(page, 0)).some((label) => /^If .*node_y/.test(label))).toBe(true);
    expect(problems).toEqual([]);
  });

  test('a region in the list opens the graph that it is in, with its kernels', async () => {
    const { page } = await openModel();
    const regions = page.getByTestId('region');
    for (const [name, trail] of [
      ['node_y/then_branch/node_w/then_branch: t', /node_w then_branch else_branch$/],
      ['local::Block: output', /main graph › local::Block$/],
    ] as const) {
      await regions.filter({ hasText: name }).first().click();
      await expect.poll(() => trailOf(page), { timeout: 20_000 }).toMatch(trail);
      await page.getByTestId('merged').first().waitFor();
      for (const side of [0, 1])
        expect(await page.locator('.graph').nth(side).locator('.node.selected').count()).toBeGreaterThan(0);
    }
  });

  test('a region that is chosen before the graphs are there is in view when they are', async () => {
    const { page } = await open('/playground.html');
    await page.getByRole('button', { name: 'MobileOne' }).click();
    await page.getByTestId('region').nth(6).click(); // as soon as it is in the list
    await page.locator('.graph .node').first().waitFor();
    for (const side of [0, 1])
      await expect.poll(() => page.locator('.graph').nth(side).locator('.node.selected').count()).toBeGreaterThan(0);
  });

  test('a refusal is shown in the graph that it is in', async () => {
    const { page } = await openModel();
    const [message] = await page.getByTestId('refusal').allInnerTexts();
    expect(message).toContain('node_y/then_branch');
    await page.getByTestId('refusal').first().getByRole('button', { name: 'Show in the graph' }).click();
    await page.locator('.graph .node.refused').first().waitFor();
    expect(await trailOf(page)).toContain('then_branch');
    expect(await page.getByTestId('stayed').textContent()).toContain('To do: ');
    expect(await findViolations(page)).toEqual([]);
  });
});

describe('by keys', () => {
  test('one stop, arrows along lines, Enter in, Escape out, with a ring around the node', async () => {
    const { page, problems } = await openModel();
    await page.getByRole('button', { name: 'Fit: Before' }).focus();
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('x [1, 4, 6, 5], input, read by 1');
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('After: smaller'); // the graph is one stop
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('ArrowDown');
    expect(await focused(page)).toMatch(/^If 2 graphs, 2 merged.*node_y.*Enter opens it, reads 1, read by 1$/);
    const ring = page.locator('.node:focus-visible .ring');
    expect(await ring.evaluate((one) => getComputedStyle(one).strokeWidth)).toBe('3.5px');
    await page.keyboard.press('Enter');
    await page.getByTestId('trail').waitFor();
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label')?.startsWith('x ['));
    await page.keyboard.press('ArrowDown');
    expect(await focused(page)).toMatch(/^Conv .*node_s_[13], .* merged/);
    await page.keyboard.press('Enter');
    await page.getByTestId('detail').waitFor();
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-pressed'))).toBe('true');
    await page.keyboard.press('Escape');
    await page.getByTestId('trail').waitFor({ state: 'detached' });
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label')?.startsWith('If '));
    expect(problems).toEqual([]);
  });

  test('every node of a network is reached, and stays in view', async () => {
    const { page } = await open('/playground.html#sample=mobileone');
    await page.locator('.graph .node').first().waitFor();
    const total = Number(
      /(\d+) nodes/.exec((await page.getByRole('application').first().getAttribute('aria-label'))!)?.[1],
    );
    const node = page.locator('.graph').first().locator('.node[tabindex="0"]');
    await node.focus();
    await page.keyboard.press('Home');
    const seen = new Set<string>();
    for (let count = 0; count < total; count++) {
      seen.add((await page.evaluate(() => document.activeElement?.getAttribute('data-at'))) ?? '');
      await page.keyboard.press('PageDown');
    }
    expect(seen.size).toBe(total);
    const inView = await page.evaluate(() => {
      const own = document.activeElement!.getBoundingClientRect();
      const frame = document.activeElement!.closest('.frame')!;
      const { top, bottom, left, right } = frame.getBoundingClientRect();
      return [frame.scrollTop, own.top >= top && own.bottom <= bottom && own.left >= left && own.right <= right];
    });
    expect(inView).toEqual([0, true]);
  });

  test('Shift with arrows moves the graph, plus, minus and 0 zoom it', async () => {
    const { page } = await open('/playground.html#sample=digits');
    const graph = page.locator('.graph').first();
    await graph.locator('.node[tabindex="0"]').focus();
    const read = () => graph.locator('svg > g').getAttribute('transform');
    await page.keyboard.press('0');
    const first = await read();
    await page.keyboard.press('Shift+ArrowDown');
    const moved = await read();
    expect(moved).not.toBe(first);
    await page.keyboard.press('+');
    expect(await read()).not.toContain(/scale\((.*)\)/.exec(moved!)![0]);
    await page.keyboard.press('0');
    expect(await read()).toBe(first);
  });
});
