/** `reparam bench`: measures one model, or two beside each other, in ONNX Runtime. */

import { resolve } from 'node:path';
import { openModelFile } from '@reparam/onnx/node';
import { benchModels } from '@reparam/onnx/verify';
import { formatOf } from '../files/model-format.ts';
import type { Named } from '../flags/named-values.ts';
import type { OutputFlags } from '../flags/output-flags.ts';
import { type FeedFlags, type RuntimeFlags, whileRunning } from '../flags/run-flags.ts';
import type { Io } from '../io.ts';
import { openProgress } from '../progress.ts';
import { findRuntime, readInputs } from '../runtime.ts';
import { openTerminal } from '../terminal.ts';
import type { Backend } from '../tfjs/runtime.ts';
import { printBench } from '../view/bench-view.ts';

export interface BenchFlags extends OutputFlags, FeedFlags, RuntimeFlags {
  readonly shape?: Named<readonly number[]>;
  readonly seed: number;
  readonly threads?: number;
  readonly seconds: number;
  readonly backend?: Backend;
}

export async function bench(a: string, b: string | undefined, flags: BenchFlags, io: Io): Promise<number> {
  const names = b === undefined ? [a] : [a, b];
  if (names.some((name) => formatOf(resolve(io.cwd, name)) === 'tfjs')) return await benchFolders(names, flags, io);
  const bytes: number[] = [];
  for (const name of names) bytes.push(await sizeOf(resolve(io.cwd, name)));
  const { threads, seconds, shape, range, seed } = flags;
  const inputs = await readInputs(flags.input, io.cwd);
  const runtime = await findRuntime(io.cwd, flags.runtime);
  const models = names.map((name) => ({ name, model: resolve(io.cwd, name) }));
  const options = { runtime, threads, seconds, shapes: shape, ranges: range, seed, inputs };
  const report = await whileShown(flags, io, (running) => benchModels(models, { ...options, ...running }));
  const measured = report.models.map((model, index) => ({ ...model, bytes: bytes[index]! }));
  printBench({ ...report, models: measured }, openTerminal(io, flags));
  return 0;
}

/** TensorFlow.js models. */
async function benchFolders(names: readonly string[], flags: BenchFlags, io: Io): Promise<number> {
  const { benchTfjs } = await import('../tfjs/run-models.ts');
  const { backend, seconds, shape: shapes, range: ranges, seed } = flags;
  const inputs = await readInputs(flags.input, io.cwd);
  const options = { backend, seconds, shapes, ranges, seed, inputs };
  const report = await whileShown(flags, io, (running) => benchTfjs(names, { ...options, ...running }, io));
  printBench(report, openTerminal(io, flags));
  return 0;
}

/** Measures under a bar. */
async function whileShown<Result>(
  { quiet }: BenchFlags,
  io: Io,
  measure: (running: ReturnType<typeof whileRunning>) => Promise<Result>,
): Promise<Result> {
  const progress = openProgress(io, quiet);
  try {
    return await measure(whileRunning(io, progress));
  } finally {
    progress.clear();
  }
}

/** Size of a model with its external data. */
async function sizeOf(path: string): Promise<number> {
  const model = await openModelFile(path);
  try {
    const external = [...model.graph.initializers.values()].filter(({ external }) => external !== undefined);
    return external.reduce((sum, { byteLength }) => sum + byteLength, model.source.size);
  } finally {
    model.close();
  }
}
