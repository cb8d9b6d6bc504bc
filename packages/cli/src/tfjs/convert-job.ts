/** Converts one TensorFlow.js model: a model.json or its folder, into a folder or into a report only. */

import { resolve } from 'node:path';
import { ReparamError } from '@reparam/onnx';
import { reparameterizeArtifacts, type VerifyReport, verify } from '@reparam/tfjs';
import { readModelFolder, writeModelFolder } from '@reparam/tfjs/node';
import type { Conversion } from '../conversion.ts';
import type { JobContext } from '../convert-job.ts';
import { STANDARD } from '../files/list-inputs.ts';
import type { Job } from '../files/plan-jobs.ts';
import { adviceForTfjs } from './advice.ts';
import { findTensorFlow } from './runtime.ts';

/** A model that differs in TensorFlow.js is not kept. */
export async function convertTfjsJob(job: Job, context: JobContext): Promise<Conversion> {
  const { io, options, overwrite, quantization, verifyOptions } = context;
  if (job.output === STANDARD)
    throw new ReparamError(`"${job.input}" is written as a folder, and "-" is one file only.`, {
      code: 'usage',
      hint: 'Give a folder to write to.',
    });
  if (options.keep?.length)
    throw new ReparamError('--keep is for ONNX models.', { code: 'usage', hint: 'Use --skip BatchNormalization.' });
  if (options.freezeWeights)
    throw new ReparamError('--freeze-weights is for ONNX models.', {
      code: 'usage',
      hint: 'Leave it out: no weight of a TensorFlow.js model is an input.',
    });
  const start = performance.now();
  const before = await readModelFolder(resolve(io.cwd, job.input));
  const { artifacts, report } = await reparameterizeArtifacts(before, {
    ...options,
    ...(quantization && { quantization }),
  });
  let verification: VerifyReport | null = null;
  if (job.output !== null && verifyOptions && report.fusions.length > 0)
    verification = await verify(await findTensorFlow(io.cwd), before, artifacts, verifyOptions);
  const written = job.output !== null && verification?.equal !== false;
  if (written) writeModelFolder(resolve(io.cwd, job.output!), artifacts, { overwrite });
  const seconds = (performance.now() - start) / 1000;
  const nothing = { findings: null, quantization: null, failure: null };
  return { ...job, written, seconds, report, verification, advice: adviceForTfjs(report), ...nothing };
}
