/** Writes layers of a model anew, each as a block that computes the same: what `expandModel` and `insertNorms` share. */
import {
  type ConvDescriptor,
  isRefusal,
  type Memo,
  proofTolerance,
  type Refusal,
  type RefusalReason,
  ReparamError,
  refuse,
} from '@reparam/core';
import type { TrainBlock } from '@reparam/core/expand';
import type { Scope } from '../analysis/scope.ts';
import { analyzeModel } from '../analyze-model.ts';
import type { ModelGraph } from '../build-graph.ts';
import { decodeElements } from '../elements/decode.ts';
import { encodeElements } from '../elements/encode.ts';
import { NodeWriter } from '../emit/writer.ts';
import type { FusedValue } from '../fuse.ts';
import { referTo } from '../names.ts';
import { throwIfAborted } from '../options.ts';
import { buildPatch } from '../patch.ts';
import type { OnnxModel } from '../proto/model.ts';
import type { ModelPatch } from '../proto/write.ts';
import type { Refused } from '../report.ts';
import { takenNames } from '../taken-names.ts';
import { describeExpansion } from './describe.ts';
import { explainEmptyCrop } from './empty-crop.ts';
import type { ExpandReport, LayerOptions } from './expand-report.ts';
import { descriptorOf, findLayers, type Layer, sourcesOf } from './layer.ts';
import { proveBlock } from './prove-block.ts';
import { writeBlock } from './write-block.ts';

/** What a layer becomes. */
export type MakeBlock = (
  conv: ConvDescriptor,
  layer: Layer,
  round: (values: Float64Array) => ArrayLike<number>,
) => TrainBlock | Refusal;

export interface LayerRewriter {
  /** Why a layer is left alone, known without its weights; null where it is not. */
  check(layer: Layer, scope: Scope, graph: ModelGraph): Refusal | null;
  make: MakeBlock;
}

export interface RewrittenLayers {
  readonly patch: ModelPatch;
  readonly report: ExpandReport;
}

/** A layer as written anew. */
export type NewLayer = readonly [layer: Layer, written: FusedValue];

export async function rewriteLayers(
  model: OnnxModel,
  options: LayerOptions,
  rewriter: LayerRewriter,
): Promise<RewrittenLayers> {
  const { scope, modelGraph } = await analyzeModel(model, options.shapes);
  const found = findLayers(scope, modelGraph, options);
  await options.onProgress?.({ stage: 'plan', done: 1, total: 1 });
  const refusals: Refused[] = [...found.refusals];
  const written: NewLayer[] = [];
  const context = { scope, modelGraph, options, rewriter, names: takenNames(model) };
  for (const [index, layer] of found.layers.entries()) {
    throwIfAborted(options);
    const result = await rewriteLayer(layer, context);
    if (isRefusal(result)) refusals.push({ nodes: [referTo(layer.node)], ...result });
    else written.push([layer, result]);
    await options.onProgress?.({ stage: 'fuse', done: index + 1, total: found.layers.length });
  }
  const { patch } = buildPatch(scope, modelGraph, new Map(written), new Map());
  return { patch, report: await describeExpansion(scope, { written, refusals, patch }, options) };
}

interface Context {
  readonly scope: Scope;
  readonly modelGraph: ModelGraph;
  readonly options: LayerOptions;
  readonly rewriter: LayerRewriter;
  readonly names: Set<string>;
}

/** Codes of errors that only mean: leave this layer as it is. */
const LEFT: ReadonlySet<string> = new Set<RefusalReason>(['no-branch', 'overflow', 'not-a-number', 'not-implemented']);

async function rewriteLayer(layer: Layer, context: Context): Promise<FusedValue | Refusal> {
  const { scope, modelGraph, rewriter } = context;
  const unfit = rewriter.check(layer, scope, modelGraph);
  if (unfit) return unfit;
  const sources = sourcesOf(layer);
  for (const source of sources) await source.load();
  try {
    const memo: Memo = new Map();
    const dataType = scope.elementType(layer.node.outputs[0]!);
    const block = rewriter.make(descriptorOf(layer, memo), layer, (values) => roundTo(values, dataType));
    if (isRefusal(block)) return block;
    const { shape } = modelGraph.graph.values[layer.input]!;
    return explainEmptyCrop(block, shape.slice(2)) ?? writeLayer(layer, block, context, memo);
  } catch (error) {
    if (!(error instanceof ReparamError) || !LEFT.has(error.code)) throw error;
    return refuse(error.code as RefusalReason, error.message, error.hint ?? '');
  } finally {
    for (const source of sources) source.release();
  }
}

function roundTo(values: Float64Array, dataType: number): Float64Array {
  const encoded = encodeElements(values, dataType);
  if (!encoded.overflow) return decodeElements(encoded.bytes, dataType);
  throw new ReparamError('the new weights would overflow the element type of the model', {
    code: 'overflow',
    hint: 'expand the float32 model, then reduce its precision',
  });
}

function writeLayer(layer: Layer, block: TrainBlock, context: Context, memo: Memo): FusedValue | Refusal {
  const { scope, modelGraph, options, names } = context;
  const channels = options.proof === 'full' ? Number.POSITIVE_INFINITY : options.proof;
  const { error, ...proof } = proveBlock(block, layer, modelGraph.graph, memo, { channels, seed: options.seed ?? 0 });
  if (!(error <= proofTolerance)) {
    return refuse(
      'proof-failed',
      `the block differs from the layer by ${error} of the largest output`,
      'please report this with the model: it is a fault of the converter',
    );
  }
  const { node } = layer;
  const name = node.outputs[0]!;
  const writer = new NodeWriter({ opset: scope.opset, names }, name, scope.elementType(name), memo);
  const frame = { axis: layer.affine.axis, rank: modelGraph.graph.values[layer.input]!.shape.length };
  const input = modelGraph.graph.values[layer.input]!.name;
  writer.finish(writeBlock(writer, block, input, frame), node.name, name);
  return { nodes: writer.nodes, tensors: writer.tensors, rounding: writer.rounding, error, proof };
}
