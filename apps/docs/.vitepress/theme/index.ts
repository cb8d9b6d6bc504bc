/** The default theme, with the site's own colours and components. */
import 'katex/dist/katex.min.css';
import type { Theme } from 'vitepress';
import DefaultTheme from 'vitepress/theme';
import './style.css';
import './figures/figures.css';

export default { extends: DefaultTheme } satisfies Theme;
