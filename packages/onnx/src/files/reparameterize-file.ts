/** reparameterize for files on disk: streamed, so that a model may be larger than memory. */

/// <reference types="node" />

import { statSync } from 'node:fs';
import type { ReparameterizeOptions } from '../options.ts';
import type { Report } from '../report.ts';
import { transformModel } from '../transform.ts';
import { openModelFile, writeModelFiles } from './model-files.ts';
import type { WriteOptions } from './write-files.ts';

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
    options.onProgress?.({ stage: 'read', done: 1, total: 1 });
    const { patch, report } = await transformModel(model, options);
    if (output === null || options.dryRun) return report;
    await writeModelFiles(output, model, patch, options);
    options.onProgress?.({ stage: 'write', done: 1, total: 1 });
    return {
      ...report,
      after: { ...report.after, bytes: statSync(output).size + externalBytes(report, model.source.size) },
    };
  } finally {
    model.close();
  }
}

/** Bytes of external data that stay external. */
function externalBytes(report: Report, fileBytes: number): number {
  return report.before.bytes - fileBytes;
}
