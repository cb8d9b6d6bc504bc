/** Fonts of formulas come early where a formula is in view at once, and not before the page itself elsewhere. */
import { expect, test } from 'vitest';
import { preloadFonts } from '../.vitepress/preload-fonts.ts';

const assets = ['Main-Regular', 'Math-Italic', 'Size1-Regular', 'AMS-Regular'].map((font) => `/KaTeX_${font}.x.woff2`);
const page = (before: string) =>
  `<nav>${'a link '.repeat(500)}</nav><main><p>${before}</p><span class="katex">x</span></main>`;

test.each([
  ['after few words', 'word '.repeat(50), 3],
  ['after a figure', `<svg>${'<path d="M0 0"/>text'.repeat(100)}</svg>`, 3],
  ['after many words', 'word '.repeat(500), 0],
])('a formula %s', (_, before, count) => {
  expect(preloadFonts({ assets, content: page(before) })).toHaveLength(count);
});

test('a page without formulas loads none', () => {
  expect(preloadFonts({ assets, content: '<main><p>text</p></main>' })).toEqual([]);
});
