/** Flags that decide what models are run on, and when two count as equal. */

import type { RuntimeKind, VerifyOptions } from '@reparam/onnx/verify';
import { type Command, Option } from 'commander';
import type { Io } from '../io.ts';
import type { ProgressBar } from '../progress.ts';
import { collectPath, collectRange, type Named } from './named-values.ts';
import { positiveNumber, wholeNumber } from './numbers.ts';

/** What inputs hold. */
export interface FeedFlags {
  readonly range?: Named<readonly [number, number]>;
  readonly input?: Named<string>;
}

export interface RunFlags extends FeedFlags {
  readonly tolerance?: number;
  readonly samples?: number;
}

export interface RuntimeFlags {
  readonly runtime?: RuntimeKind;
}

export function addFeedFlags(command: Command): Command {
  return command
    .optionsGroup('Running models:')
    .option('--range <name=low,high>', 'range of an input: image=0,255 (repeatable)', collectRange)
    .option('--input <name=file>', 'values of an input, from a .npy file: image=photo.npy (repeatable)', collectPath);
}

export function addRunFlags(command: Command): Command {
  return addFeedFlags(command)
    .option(
      '--tolerance <number>',
      'largest difference, relative to the largest output (default: 1e-4 in float32, 2e-2 in float16)',
      positiveNumber,
    )
    .option('--samples <count>', 'random inputs of each kind (default: 2)', wholeNumber(1));
}

export function addRuntimeFlag(command: Command): Command {
  const kinds: readonly RuntimeKind[] = ['node', 'web'];
  return command.addOption(
    new Option('--runtime <kind>', 'onnxruntime-node or onnxruntime-web (default: the one installed)').choices(kinds),
  );
}

export function addBackendFlag(command: Command): Command {
  return command.addOption(
    new Option('--backend <name>', 'of TensorFlow.js (default: wasm where it is installed, else cpu)').choices([
      'cpu',
      'wasm',
    ]),
  );
}

/** The flags as options of `verify`, with files read. Runs show in the bar, and an interrupt is heard between them. */
export async function toVerifyOptions(
  flags: RunFlags & { readonly shape?: Named<readonly number[]>; readonly seed: number },
  io: Io,
  progress: ProgressBar,
): Promise<VerifyOptions> {
  const { readInputs } = await import('../runtime.ts');
  const { tolerance, samples, range, shape, seed } = flags;
  const inputs = await readInputs(flags.input, io.cwd);
  return { tolerance, samples, ranges: range, shapes: shape, seed, inputs, ...whileRunning(io, progress) };
}

/** What everything that runs models is given, so that it can be seen and stopped. */
export function whileRunning({ signal }: Io, progress: ProgressBar): Pick<VerifyOptions, 'onProgress' | 'signal'> {
  return { signal, onProgress: ({ done, total }) => progress.update('run', done, total) };
}
