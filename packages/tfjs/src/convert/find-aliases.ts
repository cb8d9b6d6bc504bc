/** Values that only repeat another, and whose readers can read that one instead. */
import type { Plan, ValueId } from '@reparam/core';
import { listAliases } from '@reparam/core/convert';
import type { ViewGraph } from './build-graph.ts';
import type { ModelView } from './model-view.ts';

/** Outputs keep their names, and so do values that a node waits for, and those that nothing reads. */
export function findAliases(
  view: ModelView,
  { graph }: ViewGraph,
  plan: Plan,
  frozen: ReadonlySet<ValueId>,
): ReadonlyMap<string, string> {
  const read = new Set(view.nodes.flatMap(({ inputs }) => inputs));
  const awaited = new Set(view.nodes.flatMap(({ awaits }) => awaits));
  const keepsName = (name: string) => view.outputs.has(name) || awaited.has(name) || !read.has(name);
  const aliases = listAliases(graph, plan, frozen, ({ name }) => keepsName(name));
  for (const node of view.nodes) keepDistinct([...new Set(node.inputs)], aliases);
  return aliases;
}

/**
 * TensorFlow.js frees a value too early where one layer reads it twice and others read it later: a layer that read two values keeps
 * reading two.
 */
function keepDistinct(inputs: readonly string[], aliases: Map<string, string>): void {
  const sources = new Set(inputs.filter((name) => !aliases.has(name)));
  for (const name of inputs.filter((each) => aliases.has(each))) {
    const source = aliases.get(name)!;
    if (sources.has(source)) aliases.delete(name);
    else sources.add(source);
  }
}
