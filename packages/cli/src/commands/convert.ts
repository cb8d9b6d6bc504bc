/** `reparam convert`: writes deploy models and says what was done. */

import { resolve } from 'node:path';
import type { WeightFormat } from '@reparam/tfjs';
import type { Conversion } from '../conversion.ts';
import { convertJob, type JobContext } from '../convert-job.ts';
import { describeFailure } from '../failure.ts';
import { STANDARD } from '../files/list-inputs.ts';
import { formatOf } from '../files/model-format.ts';
import { type Job, planJobs } from '../files/plan-jobs.ts';
import { refuseIdle } from '../flags/idle-flags.ts';
import { type ModelFlags, toOnnxOptions } from '../flags/model-flags.ts';
import type { OutputFlags } from '../flags/output-flags.ts';
import { type RunFlags, toVerifyOptions } from '../flags/run-flags.ts';
import type { Io } from '../io.ts';
import { openProgress, type ProgressBar } from '../progress.ts';
import { openTerminal, refuseTerminal } from '../terminal.ts';
import { warnUnmatched } from '../unmatched.ts';
import { printConversions } from '../view/conversion-view.ts';

export interface ConvertFlags extends OutputFlags, ModelFlags, RunFlags {
  readonly output?: string;
  readonly check?: boolean;
  readonly dryRun?: boolean;
  readonly verify?: boolean;
  readonly force?: boolean;
  readonly quantization?: WeightFormat;
}

/** Exit code 2: something would fuse (`--check`), or a converted model differs (`--verify`). */
export async function convert(paths: readonly string[], flags: ConvertFlags, io: Io): Promise<number> {
  const { output, force = false, check = false, dryRun = false } = flags;
  if (!flags.verify) refuseIdle(flags, ['range', 'input', 'tolerance', 'samples'], '--verify');
  const jobs = await planJobs(paths, { ...(output !== undefined && { output }), force, dry: check || dryRun }, io.cwd);
  const modelOnStdout = jobs.some(({ output }) => output === STANDARD);
  if (modelOnStdout) refuseTerminal(io);
  const conversions = await runJobs(jobs, flags, io);
  warnUnmatched(
    conversions.map(({ report }) => report),
    io,
  );
  printConversions(conversions, openTerminal(io, flags, modelOnStdout));
  if (conversions.some(({ failure }) => failure !== null)) return 1;
  if (conversions.some(({ verification }) => verification?.equal === false)) return 2;
  return check && conversions.some(({ report }) => report !== null && report.fusions.length > 0) ? 2 : 0;
}

/** One after the other: a bad file among several does not stop the rest. */
async function runJobs(jobs: readonly Job[], flags: ConvertFlags, io: Io): Promise<Conversion[]> {
  // The runtime is looked for before anything is converted.
  const progress = openProgress(io, flags.quiet);
  const verifyOptions = await verifyOptionsOf(flags, io, progress);
  const verifyModels = await verifierOf(jobs, verifyOptions, io);
  const conversions: Conversion[] = [];
  try {
    for (const [index, job] of jobs.entries()) {
      const label = jobs.length === 1 ? job.input : `${index + 1}/${jobs.length} ${job.input}`;
      const options = conversionOptions(job, label, flags, io, progress);
      const { force: overwrite = false, quantization } = flags;
      const context: JobContext = { io, options, overwrite, quantization, verifyModels, verifyOptions };
      conversions.push(await attempt(job, jobs.length, context));
    }
  } finally {
    progress.clear();
  }
  return conversions;
}

function conversionOptions(
  job: Job,
  label: string,
  flags: ConvertFlags,
  io: Io,
  progress: ProgressBar,
): JobContext['options'] {
  return {
    ...toOnnxOptions(flags, io),
    dryRun: job.output === null,
    onProgress: ({ stage, done, total }) => progress.update(`${stage} ${label}`, done, total),
  };
}

/** What models are run with before they are kept; null where they are not run. */
async function verifyOptionsOf(
  flags: ConvertFlags,
  io: Io,
  progress: ProgressBar,
): Promise<JobContext['verifyOptions']> {
  return flags.verify && !flags.check && !flags.dryRun ? await toVerifyOptions(flags, io, progress) : null;
}

async function verifierOf(jobs: readonly Job[], options: JobContext['verifyOptions'], io: Io) {
  const isOnnx = ({ input }: Job) => input === STANDARD || formatOf(resolve(io.cwd, input)) === 'onnx';
  if (options === null || !jobs.some(isOnnx)) return null;
  const [{ verify }, { findRuntime }] = await Promise.all([import('@reparam/onnx/verify'), import('../runtime.ts')]);
  const runtime = await findRuntime(io.cwd);
  const verifier: JobContext['verifyModels'] = (first, second) => verify(first, second, { ...options, runtime });
  return verifier;
}

async function attempt(job: Job, count: number, context: JobContext): Promise<Conversion> {
  try {
    return await convertJob(job, context);
  } catch (error) {
    if (count === 1 || context.io.signal?.aborted) throw error;
    const nothing = { report: null, findings: null, quantization: null, verification: null, advice: null };
    return { ...job, written: false, seconds: 0, ...nothing, failure: describeFailure(error, context.io) };
  }
}
