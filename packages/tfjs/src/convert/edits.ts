/** From written rewrites to what goes out of a view and what comes in. */
import type { Rewrite } from '@reparam/core';
import type { Proven } from '@reparam/core/convert';
import type { ViewGraph } from './build-graph.ts';
import { modelValue } from './model-value.ts';
import type { ModelNode, ModelView, NewPart, ViewEdits, WrittenParts } from './model-view.ts';

export type FusedValue = WrittenParts & Proven;

export function buildEdits(
  view: ModelView,
  { graph }: ViewGraph,
  fused: ReadonlyMap<Rewrite, FusedValue>,
  aliases: ReadonlyMap<string, string>,
): ViewEdits {
  const replaced = new Set<ModelNode>([...aliases.keys()].map((name) => view.producers.get(name)!));
  const inserted: { before: ModelNode; part: NewPart }[] = [];
  for (const [rewrite, { parts, absorbed }] of fused) {
    const maker = view.producers.get(modelValue(graph, rewrite.value).name)!;
    const isInFront = graph.values[rewrite.value]!.moved?.steps !== undefined;
    for (const node of isInFront ? [] : [maker, ...absorbed]) replaced.add(node);
    const before = absorbed.at(-1) ?? maker; // where its name stood
    for (const part of parts) inserted.push({ before, part });
  }
  const read = inserted.flatMap(({ part }) => part.inputs);
  const removed = sweep(view, replaced, read, aliases);
  for (const nodes of separated(view, removed, read)) {
    for (const part of view.separate(nodes)) inserted.push({ before: nodes[0]!, part });
    for (const node of nodes) removed.add(node);
  }
  return { removed, inserted, aliases };
}

/** Removes what nothing reads any more; what nothing read before stays as it was. */
function sweep(
  view: ModelView,
  replaced: ReadonlySet<ModelNode>,
  inserted: readonly string[],
  aliases: ReadonlyMap<string, string>,
): Set<ModelNode> {
  const counts = new Map<string, number>();
  const change = (name: string, by: number) => counts.set(name, (counts.get(name) ?? 0) + by);
  const readBy = ({ inputs, awaits }: ModelNode) => [...inputs.map((name) => aliases.get(name) ?? name), ...awaits];
  for (const name of [...view.outputs, ...inserted]) change(name, 1);
  const before = new Set<string>(view.outputs);
  for (const node of view.nodes) {
    for (const name of [...node.inputs, ...node.awaits]) before.add(name);
    if (!replaced.has(node)) for (const name of readBy(node)) change(name, 1);
  }
  const removed = new Set(replaced);
  for (const node of [...view.nodes].reverse()) {
    const isUnread = node.outputs.every((name) => (counts.get(name) ?? 0) === 0 && !view.inputs.includes(name));
    if (removed.has(node) || !isUnread || !node.outputs.some((name) => before.has(name))) continue;
    removed.add(node);
    for (const name of readBy(node)) change(name, -1);
  }
  return removed;
}

/** Parts that stay of layers of which another part goes, or is read from outside; together by layer. */
function separated(view: ModelView, removed: ReadonlySet<ModelNode>, read: readonly string[]): ModelNode[][] {
  const owners = [...removed].map(({ owner }) => owner);
  for (const name of read) {
    const node = view.producers.get(name);
    const isInner = view.nodes[(node?.index ?? -2) + 1]?.owner === node?.owner;
    if (node && isInner) owners.push(node.owner);
  }
  const broken = new Map<number, ModelNode[]>(owners.map((owner) => [owner, []]));
  for (const node of view.nodes) if (!removed.has(node)) broken.get(node.owner)?.push(node);
  return [...broken.values()].filter((nodes) => nodes.length > 0);
}
