/** `reparam insert-norm`: a BatchNormalization behind layers, without a change to what the model computes. */

import { resolve } from 'node:path';
import { insertNorms } from '@reparam/onnx/expand';
import { insertNormsFile } from '@reparam/onnx/node';
import { type ModelInput, measureStatistics } from '@reparam/onnx/verify';
import { refuseIdle } from '../flags/idle-flags.ts';
import { whileRunning } from '../flags/run-flags.ts';
import type { Io } from '../io.ts';
import { openProgress } from '../progress.ts';
import { type RewriteFlags, rewrite, toLayerOptions } from '../rewrite-job.ts';

export interface InsertNormFlags extends RewriteFlags {
  readonly measure?: boolean;
  readonly epsilon?: number;
}

/** Exit code 2: the written model differs (`--verify`). */
export async function insertNorm(
  input: string,
  output: string | undefined,
  flags: InsertNormFlags,
  io: Io,
): Promise<number> {
  if (!flags.verify) refuseIdle(flags, ['tolerance'], '--verify');
  if (!flags.verify && !isMeasured(flags)) refuseIdle(flags, ['samples'], '--measure or --verify');
  const options = { ...toLayerOptions(flags), epsilon: flags.epsilon };
  const optionsFor = async (model: ModelInput) => ({ ...options, statistics: await measure(model, flags, io) });
  return rewrite({ command: 'insert-norm', input, output, suffix: '.normed.onnx' }, flags, io, {
    ofFile: async (source, target, common) =>
      insertNormsFile(source, target, { ...(await optionsFor(source)), ...common }),
    ofBytes: async (bytes, common) => insertNorms(bytes, { ...(await optionsFor(bytes)), ...common }),
  });
}

/** Asked for, or given something to measure on. */
function isMeasured({ measure, input, range }: InsertNormFlags): boolean {
  return measure === true || input !== undefined || range !== undefined;
}

async function measure(model: ModelInput, flags: InsertNormFlags, io: Io) {
  if (!isMeasured(flags)) return undefined;
  const { findRuntime, readInputs } = await import('../runtime.ts');
  const { only, skip, shape, range, seed, samples } = flags;
  const runtime = await findRuntime(io.cwd);
  const inputs = await readInputs(flags.input, io.cwd);
  const where = typeof model === 'string' ? resolve(io.cwd, model) : model;
  const running = whileRunning(io, openProgress(io, true));
  return measureStatistics(where, {
    only,
    skip,
    shapes: shape,
    ranges: range,
    seed,
    samples,
    inputs,
    runtime,
    ...running,
  });
}
