/** From bytes or an opened model to the bytes of the rewritten one. */
import type { Chunk } from '../proto/chunks.ts';
import { collectChunks } from '../proto/chunks.ts';
import { type OnnxModel, openModel } from '../proto/model.ts';
import { bytesSource } from '../proto/source.ts';
import { writeModel } from '../proto/write.ts';
import type { Expanded, LayerOptions } from './expand-report.ts';
import type { RewrittenLayers } from './rewrite-layers.ts';

export async function rewriteModel<Options extends LayerOptions>(
  input: Uint8Array | OnnxModel,
  options: Options,
  rewrite: (model: OnnxModel, options: Options) => Promise<RewrittenLayers>,
): Promise<Expanded> {
  const opened = input instanceof Uint8Array ? await openModel(bytesSource(input)) : input;
  await options.onProgress?.({ stage: 'read', done: 1, total: 1 });
  const { patch, report } = await rewrite(opened, options);
  if (options.dryRun) return { model: new Uint8Array(0), report };
  const { source } = opened;
  const whole: Chunk[] = [{ source, start: 0, end: source.size }];
  const model = await collectChunks(report.expansions.length === 0 ? whole : writeModel(opened, patch));
  await options.onProgress?.({ stage: 'write', done: 1, total: 1 });
  return { model, report: { ...report, after: { ...report.after, bytes: model.length } } };
}
