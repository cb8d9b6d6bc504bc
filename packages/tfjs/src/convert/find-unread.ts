/** What is kept for operators that a plan makes superfluous. */
import type { Plan } from '@reparam/core';
import type { ViewGraph } from './build-graph.ts';
import type { ModelNode, ModelView } from './model-view.ts';

/** Names of values that are kept, though no operator reads them but those whose outputs nothing reads under this plan. */
export function findUnread(view: ModelView, { graph, ids }: ViewGraph, plan: Plan): Set<string> {
  const dead = (node: ModelNode) => node.outputs.every((name) => ids.has(name) && plan.dead.has(ids.get(name)!));
  const unread = new Set(view.nodes.filter(dead).flatMap(({ inputs }) => inputs));
  for (const name of [...unread]) if (!ids.has(name) || !graph.values[ids.get(name)!]!.kept) unread.delete(name);
  for (const node of view.nodes) {
    for (const name of node.awaits) unread.delete(name);
    if (!dead(node)) for (const name of node.inputs) unread.delete(name);
  }
  for (const name of view.outputs) unread.delete(name);
  return unread;
}
