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

test.each([360, 390, 700, 900, 1360])(
  'the drawn block and the title of the first page stand apart, %d wide',
  async (width) => {
    const { page } = await open('/', { viewport: { width, height: 800 } });
    const overlaps = await page.evaluate(() => {
      const range = document.createRange();
      range.selectNodeContents(document.querySelector('.VPHero h1')!);
      const lines = [...range.getClientRects()];
      const drawn = [...document.querySelectorAll('.hero-figure svg')].map((svg) => svg.getBoundingClientRect());
      const meet = (a: DOMRect, b: DOMRect) =>
        a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
      return drawn.filter((svg) => lines.some((line) => meet(svg, line))).length;
    });
    expect(overlaps).toBe(0);
    const figure = await page.locator('.hero-figure').boundingBox();
    expect(figure!.y).toBeGreaterThanOrEqual(48); // below the bar
  },
);
