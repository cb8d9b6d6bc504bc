/** Nothing that is generated is missing from the pages. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../../scripts/pnpm.js';
import { readPage } from './built-pages.ts';

const readData = (name: string) =>
  JSON.parse(readFileSync(join(root, 'apps/docs/.vitepress/generated', name), 'utf8')) as unknown;
const listPages = (folder: string) =>
  readdirSync(join(root, 'apps/docs/content', folder)).map((name) =>
    readFileSync(join(root, 'apps/docs/content', folder, name), 'utf8'),
  );

test('each fixture is measured on some page', () => {
  const pages = listPages('structures').join('\n');
  for (const { name } of readData('structures.json') as { name: string }[])
    expect(pages).toContain(`measured ${name}\n`);
});

test('each structure built of layers is shown on some page', () => {
  const pages = listPages('structures').join('\n');
  for (const name of Object.keys(readData('layers.json') as object)) expect(pages).toContain(`layers ${name}\n`);
});

test('each conversion of a fixture keeps its outputs', () => {
  const structures = readData('structures.json') as { exports: { difference: number; fusions: number }[] }[];
  const differences = structures.flatMap(({ exports }) => exports.map(({ difference }) => difference));
  expect(differences.length).toBeGreaterThan(90);
  for (const difference of differences) expect(difference).toBeLessThan(1e-5);
});

test('each command has its page, with all of its flags', () => {
  const [, ...commands] = readData('commands.json') as { name: string; groups: { options: { flags: string }[] }[] }[];
  expect(commands.length).toBeGreaterThan(5);
  for (const { name, groups } of commands) {
    const page = readPage(`/cli/${name}.html`)
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"');
    for (const { flags } of groups.flatMap(({ options }) => options)) expect(page).toContain(`<code>${flags}</code>`);
  }
});

test('each reason that the sources give is explained', () => {
  const page = readPage('/exactness/refusals.html');
  const reasons = Object.keys(readData('refusals.json') as object);
  expect(reasons.length).toBeGreaterThan(20);
  for (const reason of reasons) expect(page).toContain(`<code>${reason}</code>`);
});

test('each law has a figure and a demo', () => {
  for (const page of listPages('guide/laws')) {
    expect(page).toMatch(/<(Block|Cell)Figure /);
    expect(page).toContain('<LawDemo ');
  }
});
