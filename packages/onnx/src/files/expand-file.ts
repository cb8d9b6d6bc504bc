/** expandModel and insertNorms for files on disk. */

/// <reference types="node" />

import { statSync } from 'node:fs';
import { type ExpandModelOptions, expandLayers } from '../expand/expand-model.ts';
import type { ExpandReport, LayerOptions } from '../expand/expand-report.ts';
import { type InsertNormsOptions, normLayers } from '../expand/insert-norms.ts';
import type { RewrittenLayers } from '../expand/rewrite-layers.ts';
import { throwIfAborted } from '../options.ts';
import type { OnnxModel } from '../proto/model.ts';
import { openModelFile, writeModelFiles } from './model-files.ts';
import type { WriteOptions } from './write-files.ts';

/**
 * As `expandModel`, from the model at `input` to `output`; nothing is written where that is null, with `dryRun`, or where no layer was expanded.
 * External data is written beside it.
 *
 * @throws FormatError where the file is damaged or no ONNX model; ReparamError where a file cannot be read or written.
 * @example
 * await expandFile('model.onnx', 'model.expanded.onnx', { block: 'repvgg' });
 */
export function expandFile(
  input: string,
  output: string | null,
  options: ExpandModelOptions & WriteOptions,
): Promise<ExpandReport> {
  return rewriteFile(input, output, options, expandLayers);
}

/**
 * As `insertNorms`, from the model at `input` to `output`; nothing is written where that is null, with `dryRun`, or where no layer has a
 * normalization more.
 *
 * @throws FormatError where the file is damaged or no ONNX model; ReparamError where a file cannot be read or written.
 * @example
 * await insertNormsFile('model.onnx', 'model.normed.onnx');
 */
export function insertNormsFile(
  input: string,
  output: string | null,
  options: InsertNormsOptions & WriteOptions = {},
): Promise<ExpandReport> {
  return rewriteFile(input, output, options, normLayers);
}

async function rewriteFile<Options extends LayerOptions & WriteOptions>(
  input: string,
  output: string | null,
  options: Options,
  rewrite: (model: OnnxModel, options: Options) => Promise<RewrittenLayers>,
): Promise<ExpandReport> {
  const model = await openModelFile(input);
  try {
    await options.onProgress?.({ stage: 'read', done: 1, total: 1 });
    const { patch, report } = await rewrite(model, options);
    if (output === null || options.dryRun || report.expansions.length === 0) return report;
    throwIfAborted(options);
    await writeModelFiles(output, model, patch, options);
    await options.onProgress?.({ stage: 'write', done: 1, total: 1 });
    const data = statSync(`${output}_data`, { throwIfNoEntry: false });
    const external = report.before.bytes > model.source.size ? (data?.size ?? 0) : 0;
    return { ...report, after: { ...report.after, bytes: statSync(output).size + external } };
  } finally {
    model.close();
  }
}
