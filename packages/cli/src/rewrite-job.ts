/** What `expand` and `insert-norm` share: a model in, the same model with more in it out, verified if asked. */

import { resolve } from 'node:path';
import { ReparamError } from '@reparam/onnx';
import type { Expanded, ExpandReport, LayerOptions } from '@reparam/onnx/expand';
import { writeChunks } from '@reparam/onnx/node';
import { type ModelInput, type VerifyReport, verify } from '@reparam/onnx/verify';
import { STANDARD } from './files/list-inputs.ts';
import { openStaging } from './files/staging.ts';
import { readStdin } from './files/stdin.ts';
import { type ModelFlags, toOptions } from './flags/model-flags.ts';
import type { OutputFlags } from './flags/output-flags.ts';
import { type RunFlags, toVerifyOptions } from './flags/run-flags.ts';
import type { Io } from './io.ts';
import { openProgress, type ProgressBar } from './progress.ts';
import { openTerminal, refuseTerminal } from './terminal.ts';
import { warnUnmatched } from './unmatched.ts';
import { printExpansion } from './view/expansion-view.ts';
import { groupRefusals } from './view/refusal-groups.ts';

export interface RewriteFlags extends OutputFlags, ModelFlags, RunFlags {
  readonly output?: string;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly verify?: boolean;
}

export interface RewriteJob {
  readonly command: 'expand' | 'insert-norm';
  readonly input: string;
  readonly output: string | undefined;
  /** Of the file that is written where no output is named. */
  readonly suffix: string;
}

/** What does the work, for files and for bytes. `common` goes over the command's own options. */
export interface Rewriter {
  ofFile(source: string, target: string | null, common: Common & { overwrite?: boolean }): Promise<ExpandReport>;
  ofBytes(bytes: Uint8Array, common: Common): Promise<Expanded>;
}

type Common = Pick<LayerOptions, 'onProgress' | 'signal' | 'dryRun'>;

interface Outcome {
  readonly report: ExpandReport;
  readonly verification: VerifyReport | null;
}

export function toLayerOptions(flags: ModelFlags): LayerOptions {
  return toOptions(flags);
}

/** Runs the job, prints what was done, and returns the exit code. */
export async function rewrite(job: RewriteJob, flags: RewriteFlags, io: Io, rewriter: Rewriter): Promise<number> {
  const start = performance.now();
  const output = flags.dryRun ? null : outputOf(job, flags);
  if (output === STANDARD) refuseTerminal(io);
  const progress = openProgress(io, flags.quiet);
  const common: Common = {
    onProgress: ({ stage, done, total }) => progress.update(`${stage} ${job.input}`, done, total),
    ...(io.signal && { signal: io.signal }),
  };
  const verifyModels = await verifierOf(flags, io, progress);
  const context: Context = { io, rewriter, common, overwrite: flags.force ?? false, verifyModels };
  try {
    const { report, verification } = await (job.input === STANDARD || output === STANDARD
      ? rewriteBytes(job.input, output, context)
      : rewriteFile(job.input, output, context));
    progress.clear();
    warnUnmatched([report], io);
    if (report.expansions.length === 0) throw nothingDone(job, report);
    const written = output !== null && verification?.equal !== false;
    const seconds = (performance.now() - start) / 1000;
    const done = { command: job.command, input: job.input, output, written, seconds, report, verification };
    printExpansion(done, openTerminal(io, flags, output === STANDARD));
    return verification?.equal === false ? 2 : 0;
  } finally {
    progress.clear();
  }
}

interface Context {
  readonly io: Io;
  readonly rewriter: Rewriter;
  readonly common: Common;
  readonly overwrite: boolean;
  readonly verifyModels: ((first: ModelInput, second: ModelInput) => Promise<VerifyReport>) | null;
}

function outputOf({ input, output, suffix }: RewriteJob, flags: RewriteFlags): string {
  if (output !== undefined && flags.output !== undefined)
    throw new ReparamError('The output is given twice.', {
      code: 'usage',
      hint: 'Give it as an argument, or with -o.',
    });
  const named = output ?? flags.output;
  if (named !== undefined) return named;
  return input === STANDARD ? STANDARD : input.replace(/\.onnx$/i, '') + suffix;
}

async function verifierOf(flags: RewriteFlags, io: Io, progress: ProgressBar): Promise<Context['verifyModels']> {
  if (!flags.verify || flags.dryRun) return null;
  const { findRuntime } = await import('./runtime.ts');
  const options = { ...(await toVerifyOptions(flags, io, progress)), runtime: await findRuntime(io.cwd) };
  return (first, second) => verify(first, second, options);
}

async function rewriteFile(input: string, output: string | null, context: Context): Promise<Outcome> {
  const { io, rewriter, common, overwrite, verifyModels } = context;
  const source = resolve(io.cwd, input);
  const target = output === null ? null : resolve(io.cwd, output);
  if (target === null || verifyModels === null)
    return { report: await rewriter.ofFile(source, target, { ...common, overwrite }), verification: null };
  const staging = openStaging(target, overwrite);
  try {
    const report = await rewriter.ofFile(source, staging.path, common);
    const verification = report.expansions.length > 0 ? await verifyModels(source, staging.path) : null;
    if (verification?.equal) staging.commit();
    return { report, verification };
  } finally {
    staging.discard();
  }
}

async function rewriteBytes(input: string, output: string | null, context: Context): Promise<Outcome> {
  const { io, rewriter, common, overwrite, verifyModels } = context;
  if (input !== STANDARD)
    throw new ReparamError('Only a model from stdin is written to stdout.', {
      code: 'usage',
      hint: `reparam ... - < ${input} > output.onnx`,
    });
  const bytes = await readStdin(io);
  const { model, report } = await rewriter.ofBytes(bytes, { ...common, dryRun: output === null });
  if (output === null || report.expansions.length === 0) return { report, verification: null };
  const verification = (await verifyModels?.(bytes, model)) ?? null;
  if (verification?.equal === false) return { report, verification };
  if (output === STANDARD) io.stdout.write(model);
  else await writeChunks(resolve(io.cwd, output), [model], { overwrite });
  return { report, verification };
}

function nothingDone({ command }: RewriteJob, { refusals }: ExpandReport): ReparamError {
  const [first] = groupRefusals(refusals);
  const why = first
    ? `${first.places.length} x ${first.reason}: ${first.message}.`
    : 'no layer with constant weights matches.';
  return new ReparamError(`There is nothing to ${command === 'expand' ? 'expand' : 'normalize'}: ${why}`, {
    code: 'nothing-to-expand',
    hint: first?.hint || 'reparam inspect lists the operators; --only and --skip choose by name, output or type.',
  });
}
