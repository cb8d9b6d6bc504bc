/** No link of the site leads nowhere: pages, places in pages, files. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dist, pagePaths, readPage } from './built-pages.ts';

const SITE = 'https://site.invalid';

/** Whether a page has a place of that name. */
const places = new Map(
  pagePaths.map((path) => [
    path,
    new Set([...readPage(path).matchAll(/\s(?:id|name)="([^"]+)"/g)].map(([, id]) => id)),
  ]),
);

/** The file that a static host gives for an address. */
function fileOf(pathname: string): string {
  if (pathname.endsWith('/')) return `${pathname}index.html`;
  return /\.[a-z0-9]+$/.test(pathname) ? pathname : `${pathname}.html`;
}

test('there are pages', () => {
  expect(pagePaths.length).toBeGreaterThan(60);
});

test.each(pagePaths)('links of %s', (path) => {
  const broken: string[] = [];
  for (const [, href = ''] of readPage(path).matchAll(/<a\s[^>]*href="([^"]*)"/g)) {
    const { origin, pathname, hash } = new URL(href.replaceAll('&amp;', '&'), SITE + path);
    if (origin !== SITE) continue;
    const file = decodeURIComponent(fileOf(pathname));
    if (!existsSync(join(dist, file))) broken.push(href);
    else if (hash.length > 1 && !places.get(file)?.has(decodeURIComponent(hash.slice(1)))) broken.push(href);
  }
  expect(broken).toEqual([]);
});

test('links to elsewhere are https', () => {
  const hrefs = pagePaths.flatMap((path) =>
    [...readPage(path).matchAll(/href="(http:[^"]+)"/g)].map(([, href]) => href),
  );
  expect(hrefs).toEqual([]);
});
