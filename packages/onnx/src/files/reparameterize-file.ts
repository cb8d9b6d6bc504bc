/** reparameterize for files on disk: streamed, so that a model may be larger than memory. */

/// <reference types="node" />

import { statSync } from 'node:fs';
import { convergeModel } from '../converge.ts';
import { type ReparameterizeOptions, throwIfAborted } from '../options.ts';
import type { Report } from '../report.ts';
import { openModelFile, writeModelFiles } from './model-files.ts';
import { checkTarget, type WriteOptions } from './write-files.ts';

/**
 * Converts the model at `input` and writes it to `output` (nothing is written where that is null, or with `dryRun`). External data is
 * written beside it. Where nothing fuses, the files are copied as they are.
 *
 * @throws FormatError where the file is damaged or no ONNX model; ReparamError where a file cannot be read or written.
 * @example
 * const report = await reparameterizeFile('model.onnx', 'model.deploy.onnx');
 */
export async function reparameterizeFile(
  input: string,
  output: string | null,
  options: ReparameterizeOptions & WriteOptions = {},
): Promise<Report> {
  const model = await openModelFile(input);
  try {
    if (output !== null && !options.dryRun) checkTarget(output, options); // before the work
    await options.onProgress?.({ stage: 'read', done: 1, total: 1 });
    const { model: last, patch, report } = await convergeModel(model, options);
    if (output === null || options.dryRun) return report;
    throwIfAborted(options);
    await writeModelFiles(output, last, patch, options);
    await options.onProgress?.({ stage: 'write', done: 1, total: 1 });
    const bytes = writtenBytes(output, report.before.bytes > model.source.size);
    return { ...report, after: { ...report.after, bytes } };
  } finally {
    model.close();
  }
}

/** Size of the model, and of the data beside it where it has any. */
function writtenBytes(output: string, hasData: boolean): number {
  const data = hasData ? statSync(`${output}_data`, { throwIfNoEntry: false }) : undefined;
  return statSync(output).size + (data?.size ?? 0);
}
