/** Builds every package that changed since its last build. Prints nothing unless it fails. */
import { pnpm } from './pnpm.js';

try {
  pnpm(['exec', 'turbo', 'run', 'build', '--filter=./packages/*']);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
