/** The default theme, with the site's own colours and figures. */
import 'katex/dist/katex.min.css';
import type { Theme } from 'vitepress';
import DefaultTheme from 'vitepress/theme';
import SiteLayout from './SiteLayout.vue';
import './style.css';
import './figures/figures.css';

export default { extends: DefaultTheme, Layout: SiteLayout } satisfies Theme;
