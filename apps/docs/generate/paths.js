/** Where the site takes its facts from, and where what is made of them goes. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = fileURLToPath(new URL('../../..', import.meta.url));
export const site = fileURLToPath(new URL('..', import.meta.url));
export const content = join(site, 'content');

/**
 * Writes a file that the data loaders of the pages read.
 * @param {string} name
 * @param {unknown} data
 */
export function writeData(name, data) {
  writeText(join(site, '.vitepress/generated', name), `${JSON.stringify(data, null, 1)}\n`);
}

/**
 * @param {string} path
 * @param {string} text
 */
export function writeText(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** An empty folder of pages. @param {string} name */
export function freshFolder(name) {
  const folder = join(content, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}
