/** The site: where its pages are, how they look, and what a page may load. */
import { fileURLToPath } from 'node:url';
import { katex } from '@mdit/plugin-katex';
import { defineConfig } from 'vitepress';
import { addFactBlocks } from './facts/fact-blocks.ts';
import { writeOfflineWorker } from './offline.ts';
import { preloadFonts } from './preload-fonts.ts';
import { addSecurityPolicy } from './security-policy.ts';
import { navigation, sidebar } from './sidebar.ts';

const REPOSITORY = 'https://github.com/reparam/reparam';

/** Where the site will be served, with a slash at both ends. */
const base = process.env.DOCS_BASE ?? '/';

/** A long formula scrolls on a phone, by keyboard too. */
function makeScrollable(html: string): string {
  return html.replace(
    '<span class="katex-display"',
    '<span class="katex-display" tabindex="0" role="group" aria-label="Formula"',
  );
}

export default defineConfig({
  title: 'Reparam',
  description: 'Train with many branches, deploy one convolution: structural re-parameterization from the model file.',
  lang: 'en',
  base,
  srcDir: 'content',
  metaChunk: true,
  lastUpdated: false,
  head: [
    ['meta', { name: 'theme-color', content: '#3b5bdb' }],
    ['link', { rel: 'icon', type: 'image/svg+xml', href: `${base}favicon.svg` }],
  ],
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    config(md) {
      // Two copies of the same types of markdown-it meet here.
      katex(md as never, { output: 'htmlAndMathml', throwOnError: true, strict: 'error', transformer: makeScrollable });
      addFactBlocks(md);
      // Formulas in doc comments are indented: they look, and scroll, as other code does.
      md.renderer.rules.code_block = (tokens, index, ...rest) => {
        tokens[index]!.info = 'text';
        return md.renderer.rules.fence!(tokens, index, ...rest);
      };
    },
  },
  transformHead: preloadFonts,
  transformHtml: addSecurityPolicy,
  buildEnd: writeOfflineWorker,
  vite: {
    resolve: { alias: { '@site': fileURLToPath(new URL('./theme', import.meta.url)) } },
    build: { assetsInlineLimit: 0 },
    worker: { format: 'es' },
  },
  themeConfig: {
    nav: navigation,
    sidebar,
    outline: { level: [2, 3] },
    search: { provider: 'local' },
    socialLinks: [{ icon: 'github', link: REPOSITORY }],
    footer: { message: 'MIT License' },
  },
});
