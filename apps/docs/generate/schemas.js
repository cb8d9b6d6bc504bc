/** Copies the JSON schemas of the command line to where the site serves them. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { content, repository } from './paths.js';

export function generateSchemas() {
  cpSync(join(repository, 'packages/cli/schema'), join(content, 'public/schema'), { recursive: true });
}
