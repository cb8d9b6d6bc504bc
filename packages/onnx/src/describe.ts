/** The report of a conversion. */
import { explainPlan, type Plan, type Refusal, type Rewrite, type ValueId } from '@reparam/core';
import { type AssumedSizes, amountOf, elementCount } from './amounts.ts';
import { countOf, isFloat } from './analysis/constant.ts';
import type { Scope } from './analysis/scope.ts';
import type { ModelGraph } from './build-graph.ts';
import type { FusedValue } from './fuse.ts';
import { referTo } from './names.ts';
import type { ReparameterizeOptions } from './options.ts';
import type { NewNode } from './proto/new-parts.ts';
import type { OnnxNode } from './proto/node.ts';
import type { Amount, Fusion, ModelSummary, NodeReference, Refused } from './report.ts';

/** All that a report is made of. */
export interface Conversion {
  readonly scope: Scope;
  readonly modelGraph: ModelGraph;
  readonly plan: Plan;
  readonly fused: ReadonlyMap<Rewrite, FusedValue>;
  readonly aliases: ReadonlyMap<string, string>;
  readonly removed: ReadonlySet<OnnxNode>;
  readonly frozen: ReadonlySet<ValueId>;
  readonly border: ReparameterizeOptions['border'];
  /** Rewrites that were tried and must not be made. */
  readonly failed: ReadonlyMap<ValueId, Refusal>;
  readonly assumed: AssumedSizes;
}

export function describeFusions(conversion: Conversion): Fusion[] {
  const { scope, modelGraph, fused, aliases, assumed } = conversion;
  const { values } = modelGraph.graph;
  const fusions = [...fused].map(([rewrite, result]): Fusion => {
    const name = values[rewrite.value]!.name;
    const nodes = nodesOf(conversion, rewrite);
    const { error, proof, rounding } = result;
    const rounded = rewrite.affine.rounded ? ({ rounded: true } as const) : {};
    const amounts = { before: amountOf(nodes, scope, assumed), after: amountOfNew(conversion, rewrite, result) };
    return {
      name,
      nodes: nodes.map(referTo),
      into: result.nodes.map(referTo),
      ...amounts,
      error,
      ...rounded,
      proof,
      rounding,
    };
  });
  const written = new Set([...fused.keys()].map(({ value }) => values[value]!.name));
  for (const name of aliases.keys()) {
    const node = scope.producers.get(name)!;
    if (written.has(name)) continue;
    const before = amountOf([node], scope, assumed);
    const after = { macs: 0, parameters: 0, operators: 0 };
    const proof = { channels: 0, totalChannels: 0 };
    fusions.push({ name, nodes: [referTo(node)], into: [], before, after, error: 0, proof, rounding: 0 });
  }
  return fusions;
}

/** The nodes whose definitions went into a rewrite and that are gone, in graph order; its own node always. */
function nodesOf({ scope, modelGraph, removed }: Conversion, rewrite: Rewrite): OnnxNode[] {
  const nodes = new Set(rewrite.absorbed.map((value) => scope.producers.get(modelGraph.graph.values[value]!.name)!));
  return [...nodes].filter((node) => removed.has(node)).sort((a, b) => a.index - b.index);
}

function amountOfNew({ modelGraph, assumed }: Conversion, rewrite: Rewrite, { nodes, tensors }: FusedValue): Amount {
  const { shape } = modelGraph.graph.values[rewrite.value]!;
  const elements = elementCount(shape, assumed);
  const channels = shape[rewrite.affine.axis] as number;
  const counts = new Map(tensors.map((tensor) => [tensor.name, countOf(tensor.dims)]));
  const perPosition = (node: NewNode) => {
    const stored = counts.get(node.inputs[1] ?? '');
    if (['Conv', 'Gemm', 'MatMul'].includes(node.opType)) return stored!;
    if (node.opType === 'ConvTranspose') return stored! / countOf(stridesOf(node));
    return ['Add', 'Mul', 'BatchNormalization'].includes(node.opType) ? channels : 0;
  };
  const macs =
    elements === null ? null : nodes.reduce((sum, node) => sum + perPosition(node) * (elements / channels), 0);
  const parameters = tensors
    .filter(({ dataType }) => isFloat(dataType))
    .reduce((sum, { dims }) => sum + countOf(dims), 0);
  return { macs, parameters, operators: nodes.length };
}

function stridesOf(node: NewNode): readonly number[] {
  const strides = node.attributes?.strides;
  return Array.isArray(strides) ? strides : [];
}

export function describeRefusals(conversion: Conversion): Refused[] {
  const { scope, modelGraph, plan, frozen, failed, removed, border } = conversion;
  const { values } = modelGraph.graph;
  const refused: Refused[] = [];
  const named = new Set<ValueId>();
  const refer = (value: ValueId): NodeReference[] => {
    const node = scope.producers.get(values[value]!.name);
    return node ? [referTo(node)] : [];
  };
  for (const { value, sources, refusal } of explainPlan(modelGraph.graph, plan, { frozen, border })) {
    for (const source of sources) named.add(source);
    refused.push({ nodes: [...sources, value].flatMap(refer), ...(failed.get(value) ?? refusal) });
  }
  values.forEach((value, id) => {
    const node = scope.producers.get(value.name);
    if (value.refusal && !named.has(id) && node && !removed.has(node))
      refused.push({ nodes: refer(id), ...value.refusal });
  });
  return refused;
}

export function summarizeModels(
  { scope, removed, assumed, fused }: Conversion,
  fusions: readonly Fusion[],
): { before: ModelSummary; after: ModelSummary } {
  const bytes = fileSize(scope);
  const kept = scope.nodes.filter((node) => !removed.has(node));
  const left = amountOf(kept, scope, assumed);
  const made = fusions.filter(({ into }) => into.length > 0).map(({ after }) => after);
  const macs = [left, ...made].reduce<number | null>(
    (sum, amount) => (sum === null || amount.macs === null ? null : sum + amount.macs),
    0,
  );
  const parameters = left.parameters + made.reduce((sum, amount) => sum + amount.parameters, 0);
  const operators = left.operators + made.reduce((sum, amount) => sum + amount.operators, 0);
  const isOperator = (node: OnnxNode) => !node.outputs.every((name) => scope.constant(name));
  const inserted = [...fused.values()].flatMap(({ nodes }) => nodes);
  return {
    before: {
      ...amountOf(scope.nodes, scope, assumed),
      bytes,
      operatorCounts: countTypes(scope.nodes.filter(isOperator)),
    },
    after: {
      macs,
      parameters,
      operators,
      bytes,
      operatorCounts: countTypes([...kept.filter(isOperator), ...inserted]),
    },
  };
}

function fileSize({ model }: Scope): number {
  let size = model.source.size;
  for (const tensor of model.graph.initializers.values()) if (tensor.external) size += tensor.byteLength;
  return size;
}

export function countTypes(nodes: readonly { readonly opType: string }[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { opType } of nodes) counts.set(opType, (counts.get(opType) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)));
}
