/** The order of the pages. */
import type { DefaultTheme } from 'vitepress';

export const navigation: DefaultTheme.NavItem[] = [
  { text: 'Start', link: '/start/' },
  { text: 'Playground', link: '/playground' },
];

export const sidebar: DefaultTheme.Sidebar = [{ text: 'Start', items: [{ text: 'What it is', link: '/start/' }] }];
