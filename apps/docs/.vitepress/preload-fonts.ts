/** Fonts of formulas load with a page that has formulas, so that its lines do not move when they arrive. */
import type { HeadConfig, TransformContext } from 'vitepress';

/** Those that nearly every formula is set in. */
const FONTS = /\/KaTeX_(Main-Regular|Math-Italic|Size1-Regular)\.[^/]*woff2$/;

export function preloadFonts({ assets, content }: Pick<TransformContext, 'assets' | 'content'>): HeadConfig[] {
  if (!content.includes('class="katex"')) return [];
  return assets
    .filter((href) => FONTS.test(href))
    .map((href) => ['link', { rel: 'preload', href, as: 'font', type: 'font/woff2', crossorigin: '' }]);
}
