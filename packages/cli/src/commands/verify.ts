/** `reparam verify`: runs two models in ONNX Runtime and says whether they compute the same. */

import { resolve } from 'node:path';
import { type VerifyOptions, verify } from '@reparam/onnx/verify';
import { formatOf } from '../files/model-format.ts';
import type { Named } from '../flags/named-values.ts';
import type { OutputFlags } from '../flags/output-flags.ts';
import { type RunFlags, type RuntimeFlags, toVerifyOptions } from '../flags/run-flags.ts';
import type { Io } from '../io.ts';
import { openProgress } from '../progress.ts';
import { findRuntime } from '../runtime.ts';
import { openTerminal } from '../terminal.ts';
import type { Backend } from '../tfjs/runtime.ts';
import { printVerification } from '../view/verification-view.ts';

export interface VerifyFlags extends OutputFlags, RunFlags, RuntimeFlags {
  readonly shape?: Named<readonly number[]>;
  readonly seed: number;
  readonly backend?: Backend;
}

export async function verifyFiles(a: string, b: string, flags: VerifyFlags, io: Io): Promise<number> {
  const options = await toVerifyOptions(flags, io);
  const isTfjs = [a, b].map((path) => formatOf(resolve(io.cwd, path)) === 'tfjs');
  if (isTfjs.includes(true)) return await verifyFolders(a, b, { ...options, backend: flags.backend }, flags, io);
  const runtime = await findRuntime(io.cwd, flags.runtime);
  const progress = openProgress(io, flags.quiet);
  try {
    const report = await verify(resolve(io.cwd, a), resolve(io.cwd, b), {
      ...options,
      runtime,
      onProgress: ({ done, total }) => progress.update('run', done, total),
    });
    progress.clear();
    printVerification({ a, b, report }, openTerminal(io, flags));
    return report.equal ? 0 : 2;
  } finally {
    progress.clear();
  }
}

/** Two TensorFlow.js models. One of another format is none, and says so when it is read. */
async function verifyFolders(
  a: string,
  b: string,
  options: VerifyOptions & { readonly backend?: Backend | undefined },
  flags: VerifyFlags,
  io: Io,
): Promise<number> {
  const { verifyTfjs } = await import('../tfjs/run-models.ts');
  const progress = openProgress(io, flags.quiet);
  try {
    const onProgress = ({ done, total }: { done: number; total: number }) => progress.update('run', done, total);
    const report = await verifyTfjs(a, b, { ...options, onProgress }, io);
    progress.clear();
    printVerification({ a, b, report }, openTerminal(io, flags));
    return report.equal ? 0 : 2;
  } finally {
    progress.clear();
  }
}
