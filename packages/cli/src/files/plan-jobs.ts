/**
 * Which file is converted into which. The rule: the last of two paths is the output if it does not exist yet (or is a
 * folder); in all other cases every path is an input, and `--output` says where to write. So `reparam convert *.onnx`
 * never takes a model that is there for an output, whatever the shell makes of the `*`.
 */

import { mkdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { ReparamError } from '@reparam/onnx';
import { DEPLOY_SUFFIX, isPattern, listInputs, STANDARD } from './list-inputs.ts';
import { formatOf } from './model-format.ts';

export interface Job {
  /** As given, or `-`. */
  readonly input: string;
  /** A path, or `-`; null where nothing is written. */
  readonly output: string | null;
}

export interface JobFlags {
  readonly output?: string;
  readonly force: boolean;
  /** Whether nothing is written. */
  readonly dry: boolean;
}

/** Throws a ReparamError where the paths are ambiguous, or two files would be written to one place. */
export async function planJobs(paths: readonly string[], flags: JobFlags, cwd: string): Promise<Job[]> {
  const [arguments_, output] = splitOutput(paths, flags, cwd);
  const inputs = await listInputs(arguments_, cwd);
  if (flags.dry) return inputs.map((input) => ({ input, output: null }));
  const folder = output !== undefined && isFolder(output, inputs.length > 1, cwd);
  if (output !== undefined && !folder && inputs.length > 1)
    throw usage(
      `${inputs.length} inputs cannot be written to one file, "${output}".`,
      'Give a folder: --output deploy/',
    );
  const jobs = inputs.map((input) => ({ input, output: outputOf(input, output, folder, cwd) }));
  checkJobs(jobs, flags.force, cwd);
  if (folder) makeFolder(output, cwd);
  return jobs;
}

function splitOutput(paths: readonly string[], { output, dry }: JobFlags, cwd: string): [string[], string | undefined] {
  const [first, second] = paths as readonly [string, string | undefined];
  if (output !== undefined || second === undefined || paths.length > 2) return [[...paths], output];
  if (isPattern(first, cwd) || isPattern(second, cwd)) return [[...paths], undefined];
  if (second === STANDARD || kindOf(second, cwd) !== 'file') return [[first], second];
  if (dry) return [[...paths], undefined];
  throw usage(
    `"${second}" exists: it may be meant as the output or as a second input.`,
    `To replace it: -o ${second} --force. To convert both: -o <folder>.`,
  );
}

function outputOf(input: string, output: string | undefined, folder: boolean, cwd: string): string {
  if (output !== undefined && !folder) return output;
  if (input === STANDARD) return output === undefined ? STANDARD : join(output, `model${DEPLOY_SUFFIX}`);
  const deploy = deployPath(input, cwd);
  return folder ? join(output!, basename(deploy)) : deploy;
}

/** `model.onnx` becomes `model.deploy.onnx`; the folder of a model.json gets `.deploy` at its name's end. */
function deployPath(input: string, cwd: string): string {
  if (formatOf(resolve(cwd, input)) === 'onnx') return input.replace(/\.onnx$/i, '') + DEPLOY_SUFFIX;
  const path = kindOf(input, cwd) === 'folder' ? input : dirname(input);
  return `${path === '.' ? basename(cwd) : path.replace(/[/\\]+$/, '')}.deploy`;
}

function checkJobs(jobs: readonly Job[], force: boolean, cwd: string): void {
  const taken = new Map<string, string>();
  const inputs = new Map(jobs.map(({ input }) => [realPath(input, cwd), input]));
  for (const { input, output } of jobs) {
    if (output === null || output === STANDARD) continue;
    const path = realPath(output, cwd);
    const other = taken.get(path);
    if (other !== undefined)
      throw usage(`"${other}" and "${input}" would both be written to "${output}".`, 'Convert them one by one.');
    taken.set(path, input);
    if (inputs.has(path) && (!force || inputs.get(path) !== input))
      throw usage(
        `"${output}" is an input and would be overwritten.`,
        jobs.length === 1 ? 'Give another output, or --force to replace it.' : 'Give another output folder.',
      );
  }
}

function isFolder(output: string, several: boolean, cwd: string): boolean {
  if (output === STANDARD) return false;
  const kind = kindOf(output, cwd);
  return kind === 'folder' || (kind === 'none' && (/[/\\]$/.test(output) || (several && !/\.onnx$/i.test(output))));
}

function kindOf(path: string, cwd: string): 'none' | 'file' | 'folder' {
  try {
    return statSync(resolve(cwd, path)).isDirectory() ? 'folder' : 'file';
  } catch {
    return 'none';
  }
}

function realPath(path: string, cwd: string): string {
  try {
    return realpathSync(resolve(cwd, path));
  } catch {
    return resolve(cwd, path);
  }
}

function makeFolder(folder: string, cwd: string): void {
  try {
    mkdirSync(resolve(cwd, folder), { recursive: true });
  } catch (cause) {
    throw new ReparamError(`The folder "${folder}" cannot be made: ${(cause as Error).message}`, {
      code: 'cannot-write',
      cause,
    });
  }
}

function usage(message: string, hint: string): ReparamError {
  return new ReparamError(message, { code: 'usage', hint });
}
