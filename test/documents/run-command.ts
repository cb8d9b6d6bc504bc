/** One shell command of a document, run with the installed command line where the document's models are. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/pnpm.js';
import { type Ended, runProgram } from '../consumer/run-program.ts';

const CI = readFileSync(join(root, '.ci/run'), 'utf8');

/** The commands of a shell block, without comments. */
export function commandsOf(code: string): string[] {
  return code
    .split('\n')
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** Whether CI runs this very command as a step of its own. */
export function runsInCi(command: string): boolean {
  return CI.split('\n').some((line) => /^step '[^']*' /.test(line) && line.endsWith(` ${command}`));
}

/** Runs `command` in `folder`, with the programs that `project` has installed. */
export function runCommand(command: string, project: string, folder: string): Promise<Ended> {
  const line = command.replace(/^npx (-y pnpm )?(?=reparam )/, '');
  if (!line.startsWith('reparam '))
    throw new Error(`"${command}" is neither a command of reparam nor a step of .ci/run.`);
  const script = 'PATH="$1:$PATH" && eval "$2"';
  return runProgram('bash', ['-c', script, 'bash', join(project, 'node_modules/.bin'), line], folder);
}

/** Whether a command printed what its document shows: equal lines but for times and rounding errors, `...` for any number of others. */
export function matchesOutput(printed: string, shown: string): boolean {
  const lines = shown
    .split('\n')
    .map((line) => (line.trim() === '...' ? '(?:.*\n)*?' : `${escapePattern(steady(line))}[ ]*\n`));
  return new RegExp(`^${lines.join('')}`).test(steady(printed));
}

const steady = (text: string) => text.replace(/\d+(\.\d+)? m?s\b/g, 'TIME').replace(/\d\.\de-1[567]/g, 'ERROR');
const escapePattern = (text: string) => text.trimEnd().replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
