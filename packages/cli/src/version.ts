/** The version of this package. */

import { readFileSync } from 'node:fs';

/** From the package.json that is installed with it. */
export function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
