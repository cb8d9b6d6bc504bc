/** The built site works in a browser: no errors, under its own security policy. */
import { expect, test } from 'vitest';
import { openBrowser } from './open-browser.ts';

const open = openBrowser();

test.each(['/', '/start/', '/guide/laws/movements.html', '/structures/fastvit.html'])(
  '%s loads without an error',
  async (path) => {
    const { page, problems } = await open(path);
    expect(await page.title()).toContain('Reparam');
    expect(problems).toEqual([]);
  },
);

test('dark and light can be changed under the security policy', async () => {
  const { page, problems } = await open('/start/', { colorScheme: 'light' });
  await page.getByRole('switch', { name: 'Switch to dark theme' }).first().click();
  expect(await page.locator('html').getAttribute('class')).toContain('dark');
  expect(problems).toEqual([]);
});
