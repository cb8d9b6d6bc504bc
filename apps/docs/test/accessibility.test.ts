/** WCAG 2.2 AA as far as axe-core can tell, light and dark, at a desk and on a phone; and what a keyboard reaches. */
import { describe, expect, test } from 'vitest';
import { findViolations } from './find-violations.ts';
import { openBrowser } from './open-browser.ts';

const open = openBrowser();

/** One of each kind of page, and those with the most on them. */
const PAGES = [
  '/',
  '/start/sixty-seconds.html',
  '/start/numbers.html',
  '/guide/',
  '/guide/limits.html',
  '/guide/choosing.html',
  '/guide/laws/border.html',
  '/guide/laws/groups.html',
  '/guide/laws/skip-connection.html',
  '/structures/dbb.html',
  '/structures/unireplknet.html',
  '/exactness/refusals.html',
  '/recipes/keras.html',
  '/cli/convert.html',
  '/api/@reparam/core.html',
  '/reference/schemas.html',
  '/more/privacy.html',
  '/playground.html',
];

const PHONE = { width: 360, height: 740 };

test.each(PAGES)('%s has no violation, light, dark and on a phone', async (path) => {
  const { page } = await open(path, { colorScheme: 'light' });
  const theme = page.getByRole('switch', { name: 'Switch to dark theme' }).first();
  await theme.waitFor(); // it gets its name once the page's code runs
  expect(await findViolations(page)).toEqual([]);
  await theme.click();
  expect(await findViolations(page)).toEqual([]);
  await page.setViewportSize(PHONE);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(PHONE.width);
  expect(await findViolations(page)).toEqual([]);
});

describe('keyboard', () => {
  test('the first stop skips to the content', async () => {
    const { page } = await open('/guide/');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('Skip to content');
  });

  test('search opens, finds and goes there', async () => {
    const { page, problems } = await open('/');
    await page.keyboard.press('Control+k');
    await page.locator('.VPLocalSearchBox input').waitFor();
    await page.keyboard.type('zero padding');
    await page.locator('.VPLocalSearchBox .results a').first().waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\.html/);
    expect(await page.locator('h1').textContent()).toBeTruthy();
    expect(problems).toEqual([]);
  });

  test('a demo is reached, edited and read', async () => {
    const { page } = await open('/guide/laws/skip-connection.html');
    const cell = page.getByRole('textbox', { name: /^x, channel 0, row 1, column 1/ });
    await cell.focus();
    await page.keyboard.type('7');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toContain('row 1, column 2');
    expect(await page.locator('.verdict').getAttribute('aria-live')).toBe('polite');
  });
});
