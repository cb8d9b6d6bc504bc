/** Pictures of the main pages, kept beside the built site for a look: at a desk and on a phone, light and dark. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../../scripts/pnpm.js';
import { openBrowser } from './open-browser.ts';

const open = openBrowser();
const FOLDER = join(root, 'apps/docs/.vitepress/screenshots');
const PAGES = {
  home: '/',
  start: '/start/sixty-seconds.html',
  idea: '/guide/',
  border: '/guide/laws/border.html',
  structure: '/structures/dbb.html',
  refusals: '/exactness/refusals.html',
  command: '/cli/convert.html',
  playground: '/playground.html#sample=digits',
};
const SIZES = { desk: { width: 1360, height: 900 }, phone: { width: 390, height: 844 } };

mkdirSync(FOLDER, { recursive: true });

test.each(Object.entries(PAGES))('%s', async (name, path) => {
  const { page, problems } = await open(path, { colorScheme: 'light' });
  if (name === 'playground') await page.locator('.graph .node').first().waitFor();
  for (const scheme of ['light', 'dark'] as const) {
    await page.evaluate((dark) => document.documentElement.classList.toggle('dark', dark), scheme === 'dark');
    for (const [device, viewport] of Object.entries(SIZES)) {
      await page.setViewportSize(viewport);
      await page.waitForFunction(() => document.getAnimations().every(({ playState }) => playState !== 'running'));
      await page.screenshot({ path: join(FOLDER, `${name}-${device}-${scheme}.png`), fullPage: true });
    }
  }
  expect(problems).toEqual([]);
});
