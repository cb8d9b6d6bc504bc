/** Runs pnpm: the one on the PATH, which `npx pnpm` puts there too, or else the one that npx fetches. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

const isInstalled = spawnSync('pnpm', ['--version'], { cwd: root, shell: process.platform === 'win32' }).status === 0;
export const pnpmCommand = isInstalled ? ['pnpm'] : ['npx', '-y', 'pnpm'];

/**
 * Runs pnpm and keeps quiet unless it fails; then what it printed is the error.
 * @param {readonly string[]} args
 * @param {string} [cwd]
 */
export function pnpm(args, cwd = root) {
  const [program = '', ...first] = pnpmCommand;
  const { status, stdout, stderr, error } = spawnSync(program, [...first, ...args], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    shell: process.platform === 'win32',
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`pnpm ${args.join(' ')} failed\n\n${stdout}${stderr}`);
  return stdout;
}
