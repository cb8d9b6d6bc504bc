/** The report of expanded layers. What was written is read again, and counted from there. */
import { type AssumedSizes, amountOf, assumeSizes } from '../amounts.ts';
import type { Scope } from '../analysis/scope.ts';
import { analyzeModel } from '../analyze-model.ts';
import { referTo } from '../names.ts';
import { chunksSource } from '../proto/chunks.ts';
import { type OnnxModel, openModel } from '../proto/model.ts';
import { type ModelPatch, patchModel } from '../proto/write.ts';
import type { ModelSummary, Refused } from '../report.ts';
import { selectNodes } from '../selection.ts';
import { countTypes } from '../summarize.ts';
import type { ExpandReport, Expansion, LayerOptions } from './expand-report.ts';
import type { NewLayer } from './rewrite-layers.ts';

export interface Rewritten {
  readonly written: readonly NewLayer[];
  readonly refusals: readonly Refused[];
  readonly patch: ModelPatch;
}

export async function describeExpansion(
  scope: Scope,
  { written, refusals, patch }: Rewritten,
  options: LayerOptions,
): Promise<ExpandReport> {
  const { model, opset } = scope;
  const source = chunksSource(patchModel(model, patch));
  const next = written.length === 0 ? model : await openModel(source, { external: model.externalFiles.resolver });
  const after = (await analyzeModel(next, options.shapes)).scope;
  const assumed = assumeSizes(scope);
  return {
    expansions: written.map((layer) => describeLayer(layer, scope, after, assumed)),
    refusals,
    unmatchedPatterns: selectNodes([{ scope, place: '' }], options).unmatched,
    before: summarize(scope, assumed),
    after: summarize(after, assumed),
    producer: model.producer,
    opset,
    assumedSizes: assumed,
  };
}

function describeLayer([{ node }, result]: NewLayer, before: Scope, after: Scope, assumed: AssumedSizes): Expansion {
  const nodes = result.nodes.map(({ outputs }) => after.producers.get(outputs[0]!)!);
  const { error, proof, rounding } = result;
  return {
    name: node.outputs[0]!,
    nodes: [referTo(node)],
    into: result.nodes.map((made) => referTo(made)),
    before: amountOf([node], before, assumed),
    after: amountOf(nodes, after, assumed),
    ...{ error, proof, rounding },
  };
}

function summarize(scope: Scope, assumed: AssumedSizes): ModelSummary {
  const operators = scope.nodes.filter((node) => !node.outputs.every((name) => scope.constant(name)));
  return {
    ...amountOf(scope.nodes, scope, assumed),
    bytes: sizeOf(scope.model),
    operatorCounts: countTypes(operators),
  };
}

function sizeOf(model: OnnxModel): number {
  let size = model.source.size;
  for (const tensor of model.graph.initializers.values()) if (tensor.external) size += tensor.byteLength;
  return size;
}
