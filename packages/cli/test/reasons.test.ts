/** The documented reasons are those there are. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { repositoryFile } from './command-line.ts';

test('every reason of a refusal is in the table of README', () => {
  const source = readFileSync(repositoryFile('packages/core/src/refusal.ts'), 'utf8');
  const [type] = /export type RefusalReason =[^;]*;/.exec(source)!;
  const reasons = [...type.matchAll(/'([a-z-]+)'/g)].map(([, reason]) => reason);
  const readme = readFileSync(repositoryFile('packages/cli/README.md'), 'utf8');
  const table = readme.slice(readme.indexOf('| reason '), readme.indexOf('`--quantization` measures'));
  const documented = [...table.matchAll(/`([a-z]+(?:-[a-z]+)+|[a-z]{5,})`/g)].map(([, reason]) => reason);
  expect(documented.filter((name) => name !== 'expand' && name !== 'insert-norm').sort()).toEqual(reasons.sort());
});
