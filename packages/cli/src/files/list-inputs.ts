/** Which files the inputs on a command line are: paths as they are, patterns as the files they match. */

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { ReparamError } from '@reparam/onnx';

/** Stands for stdin as an input, and for stdout as an output. */
export const STANDARD = '-';

/** What a converted file is called: `model.onnx` becomes `model.deploy.onnx`. */
export const DEPLOY_SUFFIX = '.deploy.onnx';

const PATTERN = /[*?[\]{}]|[@!+]\(/;

/** Whether the text is a pattern, and not the name of a file that happens to look like one. */
export function isPattern(text: string, cwd: string): boolean {
  return PATTERN.test(text) && !existsSync(resolve(cwd, text));
}

/**
 * Every file once, in the order given; what a pattern matches is sorted. A pattern leaves out files that are deploy
 * models by their name, unless it names them, so that converting a folder twice converts nothing twice.
 */
export async function listInputs(arguments_: readonly string[], cwd: string): Promise<string[]> {
  const inputs = new Set<string>();
  for (const argument of arguments_) {
    const matches = isPattern(argument, cwd) ? await matchPattern(argument, cwd) : [argument];
    for (const input of matches) inputs.add(input);
  }
  return [...inputs];
}

async function matchPattern(pattern: string, cwd: string): Promise<string[]> {
  const { glob } = await import('tinyglobby');
  const matches = await glob(pattern, { cwd, expandDirectories: false });
  const wanted = matches.filter((path) => pattern.includes('deploy') || !path.endsWith(DEPLOY_SUFFIX));
  if (wanted.length === 0)
    throw new ReparamError(`no file matches "${pattern}".`, {
      code: 'no-match',
      hint:
        matches.length > 0 ? `${DEPLOY_SUFFIX} files count only where the pattern names them.` : 'Check the folder.',
    });
  return wanted.sort();
}
