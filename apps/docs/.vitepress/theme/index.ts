/** The default theme in the reader's own fonts, with the site's colours and figures. */
import 'katex/dist/katex.min.css';
import type { Theme } from 'vitepress';
import DefaultTheme from 'vitepress/theme-without-fonts';
import SiteLayout from './SiteLayout.vue';
import './style.css';
import './figures/figures.css';

export default { extends: DefaultTheme, Layout: SiteLayout } satisfies Theme;
