/** Fonts of formulas load with a page that begins with formulas, so that the lines in view do not move when they arrive. */
import type { HeadConfig, TransformContext } from 'vitepress';

/** Those that nearly every formula is set in. */
const FONTS = /\/KaTeX_(Main-Regular|Math-Italic|Size1-Regular)\.[^/]*woff2$/;

/** Letters that a phone shows at once. Further down, nobody waits for a formula, and the page itself should come first. */
const FIRST_VIEW = 800;

export function preloadFonts({ assets, content }: Pick<TransformContext, 'assets' | 'content'>): HeadConfig[] {
  const main = content.slice(content.indexOf('<main'));
  const formula = main.indexOf('class="katex"');
  if (formula < 0 || textOf(main.slice(0, formula)).length > FIRST_VIEW) return [];
  return assets
    .filter((href) => FONTS.test(href))
    .map((href) => ['link', { rel: 'preload', href, as: 'font', type: 'font/woff2', crossorigin: '' }]);
}

function textOf(html: string): string {
  return html
    .replace(/<svg.*?<\/svg>/gs, '')
    .replace(/<[^>]*>?/g, '')
    .replace(/\s+/g, ' ');
}
