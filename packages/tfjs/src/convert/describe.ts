/** What the conversion of one view did, and what it did not do and why. */
import type { Plan, Refusal, Rewrite, ValueId } from '@reparam/core';
import {
  type Amount,
  explainPlan,
  type Fusion,
  type NodeReference,
  nodeKey,
  type Refused,
  type ReparameterizeOptions,
} from '@reparam/core/convert';
import { type AssumedSizes, addAmounts, amountOf, amountOfParts, assumeSizes, noAmount } from './amounts.ts';
import type { ViewGraph } from './build-graph.ts';
import type { FusedValue } from './edits.ts';
import type { ModelNode, ModelView, ViewEdits } from './model-view.ts';

/** All that a report is made of. */
export interface ViewConversion {
  readonly view: ModelView;
  readonly viewGraph: ViewGraph;
  readonly plan: Plan;
  readonly fused: ReadonlyMap<Rewrite, FusedValue>;
  readonly edits: ViewEdits;
  readonly frozen: ReadonlySet<ValueId>;
  readonly border: ReparameterizeOptions['border'];
  /** Rewrites that were tried and must not be made. */
  readonly failed: ReadonlyMap<ValueId, Refusal>;
  /** Nodes that earlier rounds made. */
  readonly made: ReadonlySet<string>;
}

export interface ViewReport {
  readonly fusions: readonly Fusion[];
  readonly refusals: readonly Refused[];
  readonly before: Amount;
  readonly after: Amount;
  readonly typesBefore: readonly { readonly opType: string }[];
  readonly typesAfter: readonly { readonly opType: string }[];
  readonly assumed: AssumedSizes;
  /** What each node amounts to that is gone, of those that earlier rounds made. */
  readonly gone: readonly (readonly [string, Amount])[];
}

export function describeView(conversion: ViewConversion): ViewReport {
  const { view, edits } = conversion;
  const assumed = assumeSizes(view);
  const fusions = describeFusions(conversion, assumed);
  const isOperator = (node: ModelNode) => !node.isLaterPart && !view.inputs.includes(node.outputs[0]!);
  const operators = view.nodes.filter((node) => !view.inputs.includes(node.outputs[0]!));
  const kept = operators.filter((node) => !edits.removed.has(node));
  const inserted = edits.inserted.map(({ part }) => part);
  return {
    fusions,
    refusals: describeRefusals(conversion),
    before: amountOf(operators, view, assumed),
    after: addAmounts([amountOf(kept, view, assumed), amountOfParts(inserted, assumed)]),
    typesBefore: operators.filter(isOperator),
    typesAfter: [...kept.filter(isOperator), ...inserted],
    assumed,
    gone: operators
      .filter((node) => edits.removed.has(node) && conversion.made.has(nodeKey(node)))
      .map((node) => [nodeKey(node), amountOf([node], view, assumed)] as const),
  };
}

function referTo({ name, opType }: NodeReference): NodeReference {
  return { name, opType };
}

function describeFusions(conversion: ViewConversion, assumed: AssumedSizes): Fusion[] {
  const { view, viewGraph, fused, edits } = conversion;
  const { values } = viewGraph.graph;
  const fusions = groupFused(conversion).map((group): Fusion => {
    const [rewrite] = group.at(-1)!;
    const results = group.map(([, result]) => result);
    const parts = results.flatMap((result) => result.parts);
    // Moved sources are none.
    const own = group.flatMap(([{ absorbed }]) =>
      absorbed.flatMap((value) => view.producers.get(values[value]!.name) ?? []),
    );
    const nodes = removedOf(conversion, [...own, ...results.flatMap(({ absorbed }) => absorbed)]);
    const before = amountOf(nodes, view, assumed);
    return {
      name: parts.at(-1)?.output ?? values[rewrite.value]!.name,
      nodes: firstParts(view, nodes).map(referTo),
      into: parts.map(referTo),
      before,
      after: amountOfParts(parts, assumed),
      error: Math.max(...results.map(({ error }) => error)),
      proof: results[0]!.proof,
      rounding: Math.max(...results.map(({ rounding }) => rounding)),
      ...(group.some(([{ affine }]) => affine.rounded) && { rounded: true }),
    };
  });
  const written = new Set([...fused.keys()].map(({ value }) => values[value]!.name));
  for (const name of edits.aliases.keys()) {
    if (written.has(name)) continue;
    const node = view.producers.get(name)!;
    const before = amountOf([node], view, assumed);
    const proof = { channels: 0, totalChannels: 0 };
    fusions.push({ name, nodes: [referTo(node)], into: [], before, after: noAmount, error: 0, proof, rounding: 0 });
  }
  return fusions;
}

/** Each rewrite of a value of the model, with what was made for it in front. */
function groupFused({ viewGraph, fused }: ViewConversion): (readonly [Rewrite, FusedValue])[][] {
  const groups: (readonly [Rewrite, FusedValue])[][] = [[]];
  for (const entry of fused) {
    groups.at(-1)!.push(entry);
    if (!viewGraph.graph.values[entry[0].value]!.moved?.steps) groups.push([]);
  }
  return groups.filter((group) => group.length > 0);
}

/** Those that are gone, in order. */
function removedOf({ edits }: ViewConversion, nodes: readonly ModelNode[]): ModelNode[] {
  return [...new Set(nodes)].filter((node) => edits.removed.has(node)).sort((a, b) => a.index - b.index);
}

/** The layers or nodes that the given ones are parts of. */
function firstParts(view: ModelView, nodes: readonly ModelNode[]): ModelNode[] {
  const starts = nodes.map(({ index, owner }) => {
    let first = index;
    while (view.nodes[first - 1]?.owner === owner) first--;
    return view.nodes[first]!;
  });
  return [...new Set(starts)];
}

function describeRefusals({ view, viewGraph, plan, frozen, border, failed, edits }: ViewConversion): Refused[] {
  const { values } = viewGraph.graph;
  const refused: Refused[] = [];
  const named = new Set<ValueId>();
  const refer = (value: ValueId): NodeReference[] => {
    const node = view.producers.get(values[value]!.name);
    return node ? [referTo(node)] : [];
  };
  for (const { value, sources, refusal } of explainPlan(viewGraph.graph, plan, { frozen, border })) {
    for (const source of sources) named.add(source);
    refused.push({ nodes: [...sources, value].flatMap(refer), ...(failed.get(value) ?? refusal) });
  }
  values.forEach((value, id) => {
    const node = view.producers.get(value.name);
    if (value.refusal && !named.has(id) && node && !edits.removed.has(node))
      refused.push({ nodes: refer(id), ...value.refusal });
  });
  return refused;
}
