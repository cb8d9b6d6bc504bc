/** The pages that were built, as files. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../scripts/pnpm.js';

export const dist: string = join(root, 'apps/docs/.vitepress/dist');

/** Addresses from the site's root, such as `/guide/index.html`. */
export const pagePaths: readonly string[] = readdirSync(dist, { recursive: true, encoding: 'utf8' })
  .map((path) => `/${path.replaceAll('\\', '/')}`)
  .filter((path) => path.endsWith('.html') && path !== '/404.html')
  .sort();

export function readPage(path: string): string {
  return readFileSync(join(dist, path), 'utf8');
}
