/** expandModel: layers of a model become trainable multi-branch blocks that compute the same. */
import { refuse } from '@reparam/core';
import { type ExpandOptions, explainExpand } from '@reparam/core/expand';
import type { OnnxModel } from '../proto/model.ts';
import type { Expanded, LayerOptions } from './expand-report.ts';
import type { Layer } from './layer.ts';
import { needsNorm } from './norm-support.ts';
import { type LayerRewriter, type RewrittenLayers, rewriteLayers } from './rewrite-layers.ts';
import { rewriteModel } from './rewrite-model.ts';

export interface ExpandModelOptions extends LayerOptions, Omit<ExpandOptions, 'round'> {}

/**
 * Every convolution that options name (all, if they name none) becomes a block of branches for fine-tuning: `repvgg`, `acnet`, `dilated` or
 * `low-rank`, the last also for Gemm and MatMul. Outputs stay the same; `reparameterize` makes one convolution of each block again.
 *
 * @throws FormatError where the file is damaged or no ONNX model; UnsupportedError where its opset has no such normalization.
 * @example
 * const { model, report } = await expandModel(bytes, { block: 'repvgg', only: ['/stage1/*'] });
 */
export function expandModel(input: Uint8Array | OnnxModel, options: ExpandModelOptions): Promise<Expanded> {
  return rewriteModel(input, options, expandLayers);
}

export function expandLayers(model: OnnxModel, options: ExpandModelOptions): Promise<RewrittenLayers> {
  const { block, scale, rank, seed = 0 } = options;
  if (block !== 'low-rank') needsNorm(model, `a ${block} block`);
  const chosen = { block, ...(scale !== undefined && { scale }), ...(rank !== undefined && { rank }) };
  const rewriter: LayerRewriter = {
    check: (layer) => (block === 'low-rank' || isConv(layer) ? null : notConv(layer)),
    make: (conv, { node }, round) => explainExpand(conv, { ...chosen, round, seed: seed * 7919 + node.index }),
  };
  return rewriteLayers(model, options, rewriter);
}

function isConv({ node }: Layer): boolean {
  return node.opType === 'Conv';
}

function notConv({ node }: Layer) {
  return refuse('no-branch', `${node.opType} has no kernel to put branches beside`, 'use a low-rank block for it');
}
