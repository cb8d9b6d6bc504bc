/** The documents whose code is checked: READMEs, and the pages of the site that are written by hand. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/pnpm.js';

const PAGES = 'apps/docs/content';

const readmes = readdirSync(join(root, 'packages')).map((name) => `packages/${name}/README.md`);

/** Relative to the repository. */
export const documents: readonly string[] = ['README.md', 'CONTRIBUTING.md', ...readmes].filter((path) =>
  existsSync(join(root, path)),
);

/** Those of the API are made from the sources, whose examples the site's own tests check. */
export const pages: readonly string[] = readdirSync(join(root, PAGES), { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.md') && !path.startsWith('api/'))
  .sort()
  .map((path) => `${PAGES}/${path}`);
