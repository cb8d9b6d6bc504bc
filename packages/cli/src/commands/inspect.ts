/** `reparam inspect`: what is in a model, what would fuse, and what would not and why. */

import { resolve } from 'node:path';
import {
  bytesSource,
  type OnnxModel,
  openModel,
  type ReparameterizeOptions,
  type Report,
  reparameterize,
} from '@reparam/onnx';
import { type Finding, lintModel, SEVERITIES, type Severity } from '@reparam/onnx/lint';
import { openModelFile } from '@reparam/onnx/node';
import { measureQuantization, type QuantizationReport } from '@reparam/onnx/quantization';
import { adviceFor } from '../advice.ts';
import { STANDARD } from '../files/list-inputs.ts';
import { formatOf } from '../files/model-format.ts';
import { readStdin } from '../files/stdin.ts';
import { type ModelFlags, toOnnxOptions, toOptions } from '../flags/model-flags.ts';
import type { OutputFlags } from '../flags/output-flags.ts';
import type { Io } from '../io.ts';
import { openProgress } from '../progress.ts';
import { openTerminal } from '../terminal.ts';
import { warnUnmatched } from '../unmatched.ts';
import { describeGraph, printInspection } from '../view/inspection-view.ts';

export interface InspectFlags extends OutputFlags, ModelFlags {
  readonly all?: boolean;
  readonly failOn?: Severity;
  readonly quantization?: boolean;
}

/** Exit code 2: a finding is as grave as `--fail-on` says, or graver. */
export async function inspect(path: string, flags: InspectFlags, io: Io): Promise<number> {
  if (path !== STANDARD && formatOf(resolve(io.cwd, path)) === 'tfjs') return await inspectFolder(path, flags, io);
  const start = performance.now();
  const { model, close } = await openInput(path, io);
  try {
    const read = await readModel(model, path, flags, io);
    const seconds = (performance.now() - start) / 1000;
    const nothing = { output: null, written: false, verification: null, failure: null };
    const inspected = { input: path, seconds, ...read, advice: adviceFor(read.report), ...nothing };
    warnUnmatched([read.report], io);
    printInspection(
      { ...inspected, interfaceLine: describeGraph(model.graph) },
      flags.all ?? false,
      openTerminal(io, flags),
    );
    return fails(read.findings, flags.failOn) ? 2 : 0;
  } finally {
    close();
  }
}

async function inspectFolder(path: string, flags: InspectFlags, io: Io): Promise<number> {
  const { inspectTfjs } = await import('../tfjs/inspect.ts');
  const start = performance.now();
  const read = await inspectTfjs(path, toOptions(flags), io);
  const seconds = (performance.now() - start) / 1000;
  const nothing = { output: null, written: false, verification: null, failure: null };
  warnUnmatched([read.report], io);
  printInspection({ input: path, seconds, ...read, ...nothing }, flags.all ?? false, openTerminal(io, flags));
  return 0;
}

async function openInput(path: string, io: Io): Promise<{ model: OnnxModel; close: () => void }> {
  if (path === STANDARD)
    return { model: await openModel(bytesSource(await readStdin(io)), { name: 'stdin' }), close: () => {} };
  const model = await openModelFile(resolve(io.cwd, path));
  return { model, close: () => model.close() };
}

interface Read {
  readonly report: Report;
  readonly findings: readonly Finding[];
  readonly quantization: QuantizationReport | null;
}

async function readModel(model: OnnxModel, path: string, flags: InspectFlags, io: Io): Promise<Read> {
  const progress = openProgress(io, flags.quiet);
  const options: ReparameterizeOptions = {
    ...toOnnxOptions(flags, io),
    dryRun: true,
    onProgress: ({ stage, done, total }) => progress.update(`${stage} ${path}`, done, total),
  };
  try {
    const { report } = await reparameterize(model, options);
    const findings = await lintModel(model, options);
    const quantization = flags.quantization ? await measureQuantization(model, options) : null;
    return { report, findings, quantization };
  } finally {
    progress.clear();
  }
}

function fails(findings: readonly Finding[], failOn: Severity | undefined): boolean {
  if (failOn === undefined) return false;
  return findings.some(({ severity }) => SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(failOn));
}
