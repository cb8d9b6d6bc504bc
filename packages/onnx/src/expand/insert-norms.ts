/** insertNorms: a BatchNormalization behind layers of a model, without a change to what it computes. */
import { refuse } from '@reparam/core';
import { insertNorm } from '@reparam/core/expand';
import type { Scope } from '../analysis/scope.ts';
import type { ModelGraph } from '../build-graph.ts';
import type { OnnxModel } from '../proto/model.ts';
import type { Expanded, LayerOptions } from './expand-report.ts';
import type { Layer } from './layer.ts';
import { needsNorm } from './norm-support.ts';
import { type LayerRewriter, type RewrittenLayers, rewriteLayers } from './rewrite-layers.ts';
import { rewriteModel } from './rewrite-model.ts';

/** One number per output channel of a layer, its bias included. */
export interface LayerStatistics {
  readonly mean: ArrayLike<number>;
  readonly variance: ArrayLike<number>;
}

export interface InsertNormsOptions extends LayerOptions {
  /** Statistics of layers, by the name of their output: see `measureStatistics`. Default: those for independent inputs of variance 1. */
  readonly statistics?: ReadonlyMap<string, LayerStatistics> | undefined;
  /** Default 1e-5. */
  readonly epsilon?: number | undefined;
}

/**
 * Behind every convolution that options name (all, if they name none), and every matrix product with one position per sample, a
 * BatchNormalization for fine-tuning. Outputs stay the same; `reparameterize` folds it back.
 *
 * @throws FormatError where the file is damaged or no ONNX model; UnsupportedError where its opset has no such normalization.
 * @example
 * const { model } = await insertNorms(bytes, { statistics: await measureStatistics(bytes, { inputs }) });
 */
export function insertNorms(input: Uint8Array | OnnxModel, options: InsertNormsOptions = {}): Promise<Expanded> {
  return rewriteModel(input, options, normLayers);
}

export function normLayers(model: OnnxModel, options: InsertNormsOptions): Promise<RewrittenLayers> {
  needsNorm(model, 'a BatchNormalization');
  const rewriter: LayerRewriter = {
    check: checkLayer,
    make: (conv, { node }, round) => {
      const { mean, variance } = options.statistics?.get(node.outputs[0]!) ?? {};
      return insertNorm(conv, { mean, variance, epsilon: options.epsilon && Math.fround(options.epsilon), round });
    },
  };
  return rewriteLayers(model, options, rewriter);
}

function checkLayer({ node, affine }: Layer, scope: Scope, { graph, ids }: ModelGraph) {
  if (affine.axis !== 1) {
    return refuse(
      'axis-mismatch',
      `its channels lie on axis ${affine.axis}, and BatchNormalization acts on axis 1`,
      'leave it out with --skip',
    );
  }
  const name = node.outputs[0]!;
  const readers = scope.nodes.filter(({ inputs }) => inputs.includes(name));
  const isNormalized = readers.length === 1 && readers[0]!.opType === 'BatchNormalization';
  if (!isNormalized || graph.values[ids.get(name)!]!.kept) return null;
  return refuse('normalized-already', 'a BatchNormalization stands behind it', 'nothing to do');
}
