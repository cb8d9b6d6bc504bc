/** The report of a conversion. */
import type { Rewrite, ValueId } from '@reparam/core';
import { explainPlan, nodeKey } from '@reparam/core/convert';
import { type AssumedSizes, addAmount, amountOf, elementCount } from './amounts.ts';
import { countOf, isFloat } from './analysis/constant.ts';
import type { FusedValue } from './fuse.ts';
import type { FusedRegion } from './fuse-region.ts';
import { nameIn, referTo } from './names.ts';
import type { ReparameterizeOptions } from './options.ts';
import type { NewNode } from './proto/new-parts.ts';
import type { OnnxNode } from './proto/node.ts';
import type { Amount, Fusion, NodeReference, Refused } from './report.ts';

/** All that is told of one region. */
export interface Conversion extends FusedRegion {
  readonly removed: ReadonlySet<OnnxNode>;
  readonly border: ReparameterizeOptions['border'];
  readonly assumed: AssumedSizes;
}

export function describeFusions(conversion: Conversion): Fusion[] {
  const { region, modelGraph, fused, aliases, assumed } = conversion;
  const { scope, place } = region;
  const { values } = modelGraph.graph;
  const fusions = groupFused(conversion).map((group): Fusion => {
    const value = group.at(-1)![0].value;
    const nodes = nodesOf(
      conversion,
      group.flatMap(([rewrite]) => rewrite.absorbed),
    );
    const results = group.map(([, result]) => result);
    const rounded = group.some(([{ affine }]) => affine.rounded) ? ({ rounded: true } as const) : {};
    return {
      name: nameIn(place, values[value]!.name),
      nodes: nodes.map((node) => referTo(node, place)),
      into: results.flatMap((result) => result.nodes.map((node) => referTo(node, place))),
      before: amountOf(nodes, scope, assumed),
      after: group
        .map(([rewrite, result]) => amountOfNew(conversion, rewrite, result))
        .reduce((sum, amount) => addAmount(sum, amount, 1)),
      error: Math.max(...results.map(({ error }) => error)),
      ...rounded,
      proof: results[0]!.proof,
      rounding: Math.max(...results.map(({ rounding }) => rounding)),
    };
  });
  const written = new Set([...fused.keys()].map(({ value }) => values[value]!.name));
  for (const name of aliases.keys()) {
    const node = scope.producers.get(name)!;
    if (written.has(name)) continue;
    const before = amountOf([node], scope, assumed);
    const after = { macs: 0, parameters: 0, operators: 0 };
    const proof = { channels: 0, totalChannels: 0 };
    const nodes = [referTo(node, place)];
    fusions.push({ name: nameIn(place, name), nodes, into: [], before, after, error: 0, proof, rounding: 0 });
  }
  return fusions;
}

/** What each node amounts to that is gone, of those that earlier rounds made. */
export function measureGone({ region, removed, assumed }: Conversion, made: ReadonlySet<string>): [string, Amount][] {
  const { scope, place } = region;
  return [...removed].flatMap((node) => {
    const key = nodeKey(referTo(node, place));
    return made.has(key) ? [[key, amountOf([node], scope, assumed)] as [string, Amount]] : [];
  });
}

/** Each rewrite of a value of the model, with what was made for it in front. */
function groupFused({ modelGraph, fused }: Conversion): (readonly [Rewrite, FusedValue])[][] {
  const groups: (readonly [Rewrite, FusedValue])[][] = [[]];
  for (const entry of fused) {
    groups.at(-1)!.push(entry);
    if (!modelGraph.graph.values[entry[0].value]!.moved?.steps) groups.push([]);
  }
  return groups.filter((group) => group.length > 0);
}

/** The nodes whose definitions went into a rewrite and that are gone, in graph order; its own node always. */
function nodesOf({ region, modelGraph, removed }: Conversion, absorbed: readonly ValueId[]): OnnxNode[] {
  const { scope } = region;
  const nodes = new Set(absorbed.map((value) => scope.producers.get(modelGraph.graph.values[value]!.name)!));
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
  const { region, modelGraph, plan, frozen, failed, removed, border } = conversion;
  const { scope, place } = region;
  const { values } = modelGraph.graph;
  const refused: Refused[] = [];
  const named = new Set<ValueId>();
  const refer = (value: ValueId): NodeReference[] => {
    const node = scope.producers.get(values[value]!.name);
    return node ? [referTo(node, place)] : [];
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
