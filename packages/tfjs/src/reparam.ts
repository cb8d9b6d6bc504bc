/** reparam: an IOHandler that converts while it loads. */
import type { ModelArtifacts } from './artifacts/model-artifacts.ts';
import type { TfjsOptions } from './options.ts';
import { reparameterizeArtifacts } from './reparameterize-artifacts.ts';
import type { Report } from './report.ts';

/** What is used of `tf.io.IOHandler`, which may load at once or later. */
export interface LoadHandler<Artifacts> {
  load?: (() => Promise<Artifacts>) | undefined;
}

export interface ReparamOptions extends TfjsOptions {
  /** Is given what was done, before the model is loaded. */
  readonly onReport?: (report: Report) => void;
}

/**
 * Wraps a handler, so that what is loaded is the deploy model.
 *
 * @example
 * const model = await tf.loadLayersModel(reparam(tf.io.http('model.json')));
 * const graph = await tf.loadGraphModel(reparam(tf.io.http('graph/model.json')));
 */
export function reparam<Artifacts extends ModelArtifacts>(
  handler: LoadHandler<Artifacts>,
  options: ReparamOptions = {},
): { load(): Promise<Artifacts> } {
  return {
    async load() {
      if (!handler.load) throw new TypeError('reparam: the handler cannot load, expected one that can');
      const { artifacts, report } = await reparameterizeArtifacts(await handler.load(), options);
      options.onReport?.(report);
      return artifacts;
    },
  };
}
