/** measureQuantization: what int8 leaves of a model's weights, before and after each fusion. */
import { definitionOn, type Plan, type Rewrite, type ValueId, type WeightSource } from '@reparam/core';
import { measureFusion, measureOperator } from '@reparam/core/quantize';
import type { Scope } from '../analysis/scope.ts';
import type { ModelGraph } from '../build-graph.ts';
import { freezeWeights } from '../freeze-weights.ts';
import { findLastNorms } from '../keep.ts';
import { nameIn } from '../names.ts';
import { type ReparameterizeOptions, throwIfAborted } from '../options.ts';
import type { PlannedRegion } from '../plan-region.ts';
import { planRegions } from '../plan-regions.ts';
import { type OnnxModel, openModel } from '../proto/model.ts';
import { bytesSource } from '../proto/source.ts';
import { adviseOn } from './advise.ts';
import type { LayerQuantization, QuantizationReport } from './quantization-report.ts';

export type QuantizationOptions = Pick<
  ReparameterizeOptions,
  'shapes' | 'only' | 'skip' | 'keep' | 'border' | 'freezeWeights' | 'onProgress' | 'signal'
>;

const PRODUCTS = ['Conv', 'ConvTranspose', 'Gemm', 'MatMul'];

/**
 * Signal-to-noise ratios of weights rounded to symmetric int8, with one scale per tensor and one per channel: for each fusion that
 * `reparameterize` would make under these options, before and after, and for each layer that stays. Only weights are rounded, by simulation.
 *
 * @throws FormatError where the file is damaged or no ONNX model.
 * @example
 * const { layers } = await measureQuantization(bytes);
 * for (const { name, after, advice } of layers) if (advice) console.log(name, after.perTensor, advice);
 */
export async function measureQuantization(
  input: Uint8Array | OnnxModel,
  options: QuantizationOptions = {},
): Promise<QuantizationReport> {
  const opened = input instanceof Uint8Array ? await openModel(bytesSource(input)) : input;
  const { model } = options.freezeWeights ? await freezeWeights(opened) : { model: opened };
  const { planned } = await planRegions(model, withoutProgress(options));
  const layers: LayerQuantization[] = [];
  for (const [index, region] of planned.entries()) {
    layers.push(...(await measureRegion(region, options)));
    await options.onProgress?.({ stage: 'quantize', done: index + 1, total: planned.length });
  }
  return { layers };
}

async function measureRegion(planned: PlannedRegion, options: QuantizationOptions): Promise<LayerQuantization[]> {
  const { region, modelGraph, plan } = planned;
  const { scope, place } = region;
  const context = { scope, modelGraph, plan, norms: new Set(findLastNorms(scope, modelGraph, plan, new Set())) };
  const layers: (readonly [ValueId, LayerQuantization])[] = [];
  for (const layer of [...plan.rewrites, ...standingLayers(context)]) {
    throwIfAborted(options);
    const isStanding = typeof layer === 'number';
    const measured = isStanding ? await measureLayer(layer, context) : await measureRewrite(layer, context);
    if (measured) layers.push([isStanding ? layer : layer.value, { ...measured, name: nameIn(place, measured.name) }]);
  }
  return layers.sort(([a], [b]) => a - b).map(([, layer]) => layer);
}

interface Context {
  readonly scope: Scope;
  readonly modelGraph: ModelGraph;
  readonly plan: Plan;
  /** What `keep` would leave. */
  readonly norms: ReadonlySet<ValueId>;
}

/** Products that the plan neither rewrites nor does away with. */
function standingLayers({ scope, modelGraph: { graph, ids }, plan }: Context): ValueId[] {
  const rewritten = new Set(plan.rewrites.map(({ value }) => value));
  return scope.nodes.flatMap(({ opType, outputs }) => {
    const value = ids.get(outputs[0] ?? '');
    if (!PRODUCTS.includes(opType) || value === undefined) return [];
    const isThere = !rewritten.has(value) && !plan.dead.has(value) && graph.values[value]!.definitions.length > 0;
    return isThere ? [value] : [];
  });
}

async function measureRewrite(
  rewrite: Rewrite,
  { modelGraph: { graph }, norms }: Context,
): Promise<LayerQuantization | null> {
  const product = rewrite.lowering.steps.find((step) => 'operator' in step);
  if (!product) return null;
  const { axis } = rewrite.affine;
  const old = rewrite.absorbed.map((value) => definitionOn(graph.values[value]!.definitions, axis));
  const terms = [rewrite.affine, ...old].flatMap((affine) => affine?.terms ?? []);
  const lastNorm = rewrite.absorbed.find((value) => norms.has(value));
  const quality = await withLoaded(
    terms.flatMap(({ operator }) => operator.weight.sources),
    () => measureFusion(graph, { ...rewrite, lastNorm }),
  );
  if (!quality?.after) return null;
  const { before, after, keptNorm } = quality;
  const opType = { conv: 'Conv', dense: 'MatMul', transposed: 'ConvTranspose' }[product.op as 'conv'];
  const { name } = graph.values[rewrite.value]!;
  return { name, opType, merged: rewrite.absorbed.length, before, after, keptNorm, advice: adviseOn(quality) };
}

async function measureLayer(value: ValueId, { modelGraph: { graph } }: Context): Promise<LayerQuantization | null> {
  const { definitions, name, origin } = graph.values[value]!;
  const [term, ...others] = definitions[0]!.terms;
  if (!term || others.length > 0) return null;
  const after = await withLoaded(term.operator.weight.sources, () => measureOperator(term.operator));
  return after && { name, opType: origin, merged: 0, before: null, after, keptNorm: null, advice: null };
}

async function withLoaded<Result>(sources: readonly WeightSource[], use: () => Result): Promise<Result> {
  const all = new Set(sources);
  for (const source of all) await source.load();
  try {
    return use();
  } finally {
    for (const source of all) source.release();
  }
}

function withoutProgress({ onProgress: _, ...options }: QuantizationOptions): ReparameterizeOptions {
  return options;
}
