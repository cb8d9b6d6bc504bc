/** `reparam verify`: runs two models in ONNX Runtime and says whether they compute the same. */

import { resolve } from 'node:path';
import { ReparamError } from '@reparam/onnx';
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
  const progress = openProgress(io, flags.quiet);
  try {
    const options = await toVerifyOptions(flags, io, progress);
    const report = await compare(a, b, options, flags, io);
    progress.clear();
    printVerification({ a, b, report }, openTerminal(io, flags));
    return report.equal ? 0 : 2;
  } finally {
    progress.clear();
  }
}

async function compare(a: string, b: string, options: VerifyOptions, flags: VerifyFlags, io: Io) {
  const [first, second] = [a, b].map((path) => formatOf(resolve(io.cwd, path)));
  if (first !== second) throw unlike(a, b, first === 'onnx');
  if (first === 'tfjs') {
    const { verifyTfjs } = await import('../tfjs/run-models.ts');
    return await verifyTfjs(a, b, { ...options, backend: flags.backend }, io);
  }
  const runtime = await findRuntime(io.cwd, flags.runtime);
  return await verify(resolve(io.cwd, a), resolve(io.cwd, b), { ...options, runtime });
}

function unlike(a: string, b: string, isOnnxFirst: boolean): ReparamError {
  const [onnx, tfjs] = isOnnxFirst ? [a, b] : [b, a];
  return new ReparamError(
    `"${onnx}" is an ONNX file and "${tfjs}" a TensorFlow.js model, expected two of one format.`,
    {
      code: 'usage',
      hint: 'Compare a model with what it was converted from or to.',
    },
  );
}
