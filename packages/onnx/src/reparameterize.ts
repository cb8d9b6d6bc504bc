/** reparameterize: a train-time model in, its deploy model out. */
import { convergeModel } from './converge.ts';
import type { ReparameterizeOptions } from './options.ts';
import { type Chunk, collectChunks } from './proto/chunks.ts';
import { type OnnxModel, openModel } from './proto/model.ts';
import { bytesSource } from './proto/source.ts';
import { writeModel } from './proto/write.ts';
import type { Report } from './report.ts';

export interface Reparameterized {
  /** The deploy model's file; the input's own bytes where nothing fuses or is frozen, empty with `dryRun`. */
  readonly model: Uint8Array<ArrayBuffer>;
  readonly report: Report;
}

/**
 * Merges all linear branches of an ONNX model that can be merged exactly. Everything else stays byte for byte.
 *
 * @param input the file's bytes, or a model opened with `openModel` (a browser File, a file on disk, external data).
 * @throws FormatError where the file is damaged or no ONNX model.
 * @example
 * const { model, report } = await reparameterize(bytes);
 * console.log(report.fusions.length, report.before.operators, '->', report.after.operators);
 */
export async function reparameterize(
  input: Uint8Array | OnnxModel,
  options: ReparameterizeOptions = {},
): Promise<Reparameterized> {
  const opened = input instanceof Uint8Array ? await openModel(bytesSource(input)) : input;
  await options.onProgress?.({ stage: 'read', done: 1, total: 1 });
  const { model: last, patch, report } = await convergeModel(opened, options);
  if (options.dryRun) return { model: new Uint8Array(0), report };
  const chunks: Chunk[] = report.fusions.length === 0 ? wholeFile(last) : writeModel(last, patch);
  const model = await collectChunks(chunks);
  await options.onProgress?.({ stage: 'write', done: 1, total: 1 });
  return { model, report: { ...report, after: { ...report.after, bytes: model.length } } };
}

function wholeFile({ source }: OnnxModel): Chunk[] {
  return [{ source, start: 0, end: source.size }];
}
