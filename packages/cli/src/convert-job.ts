/** Converts one input: a file or stdin, into a file, into stdout or into a report only. */

import { resolve } from 'node:path';
import { ReparamError, type ReparameterizeOptions, type Report, reparameterize } from '@reparam/onnx';
import { openModelFile, reparameterizeFile, writeChunks } from '@reparam/onnx/node';
import type { ModelInput, VerifyOptions, VerifyReport } from '@reparam/onnx/verify';
import type { WeightFormat } from '@reparam/tfjs';
import { adviceFor } from './advice.ts';
import type { Conversion } from './conversion.ts';
import { STANDARD } from './files/list-inputs.ts';
import { formatOf } from './files/model-format.ts';
import type { Job } from './files/plan-jobs.ts';
import { openStaging } from './files/staging.ts';
import { readStdin } from './files/stdin.ts';
import type { Io } from './io.ts';
import { isChanged } from './report.ts';

export interface JobContext {
  readonly io: Io;
  readonly options: ReparameterizeOptions;
  readonly overwrite: boolean;
  /** How new weights of a TensorFlow.js model are stored; undefined as by default. */
  readonly quantization: WeightFormat | undefined;
  /** Compares the models in ONNX Runtime before the new one is kept; null to do without. */
  readonly verifyModels: ((first: ModelInput, second: ModelInput) => Promise<VerifyReport>) | null;
  /** The same for a TensorFlow.js model: what it is run with. */
  readonly verifyOptions: VerifyOptions | null;
}

interface Outcome {
  readonly report: Report;
  readonly written: boolean;
  readonly verification?: VerifyReport;
}

/** Throws a ReparamError for a bad file. A model that differs in ONNX Runtime is not kept. */
export async function convertJob(job: Job, context: JobContext): Promise<Conversion> {
  if (job.input !== STANDARD && formatOf(resolve(context.io.cwd, job.input)) === 'tfjs')
    return await (await import('./tfjs/convert-job.ts')).convertTfjsJob(job, context);
  if (context.quantization)
    throw new ReparamError('--quantization is for TensorFlow.js models.', {
      code: 'usage',
      hint: 'Quantize the deploy model with the tools of ONNX Runtime.',
    });
  const start = performance.now();
  const { report, written, verification = null } = await run(job, context);
  const seconds = (performance.now() - start) / 1000;
  const advice = adviceFor(report);
  const nothing = { findings: null, quantization: null, failure: null };
  return { ...job, written, seconds, report, verification, advice, ...nothing };
}

function run(job: Job, context: JobContext): Promise<Outcome> {
  if (job.input === STANDARD) return convertStdin(job.output, context);
  if (job.output === STANDARD) return convertToStdout(job.input, context);
  return convertFile(job.input, job.output, context);
}

async function convertFile(input: string, output: string | null, context: JobContext): Promise<Outcome> {
  const { io, options, overwrite, verifyModels } = context;
  const source = resolve(io.cwd, input);
  const target = output === null ? null : resolve(io.cwd, output);
  if (target === null || verifyModels === null)
    return { report: await reparameterizeFile(source, target, { ...options, overwrite }), written: target !== null };
  const staging = openStaging(target, overwrite);
  try {
    const report = await reparameterizeFile(source, staging.path, options);
    if (isChanged(report)) {
      const verification = await verifyModels(source, staging.path);
      if (verification.equal) staging.commit();
      return { report, written: verification.equal, verification };
    }
  } finally {
    staging.discard();
  }
  // A copy needs no comparison.
  return { report: await reparameterizeFile(source, target, { ...options, overwrite }), written: true };
}

async function convertStdin(output: string | null, context: JobContext): Promise<Outcome> {
  const bytes = await readStdin(context.io);
  const { model, report } = await reparameterize(bytes, { ...context.options, dryRun: output === null });
  return await deliver({ source: bytes, model, report, output }, context);
}

async function convertToStdout(input: string, context: JobContext): Promise<Outcome> {
  const source = resolve(context.io.cwd, input);
  const opened = await openModelFile(source);
  try {
    for (const { external } of opened.graph.initializers.values())
      if (external !== undefined)
        throw new ReparamError(`"${input}" has external data, and "-" is one file only.`, {
          code: 'usage',
          hint: 'Give an output path; the data is written beside it.',
        });
    return await deliver({ source, ...(await reparameterize(opened, context.options)), output: STANDARD }, context);
  } finally {
    opened.close();
  }
}

interface Converted {
  readonly source: ModelInput;
  readonly model: Uint8Array;
  readonly report: Report;
  readonly output: string | null;
}

/** Verifies a model in memory if asked, and writes it. */
async function deliver({ source, model, report, output }: Converted, context: JobContext): Promise<Outcome> {
  const { io, overwrite, verifyModels } = context;
  if (output === null) return { report, written: false };
  const verification = isChanged(report) ? await verifyModels?.(source, model) : undefined;
  if (verification && !verification.equal) return { report, written: false, verification };
  if (output === STANDARD) io.stdout.write(model);
  else await writeChunks(resolve(io.cwd, output), [model], { overwrite });
  return { report, written: true, ...(verification && { verification }) };
}
