/** Values that are another value under a second name. Outputs and captured values keep their own. */
import type { Plan, ValueId } from '@reparam/core';
import { listAliases } from '@reparam/core/convert';
import type { Scope } from './analysis/scope.ts';
import type { ModelGraph } from './build-graph.ts';

/** For each value that only repeats another, the name of the one it repeats. */
export function findAliases(
  scope: Scope,
  { graph, captured }: ModelGraph,
  plan: Plan,
  frozen: ReadonlySet<ValueId>,
): Map<string, string> {
  const read = new Set(scope.nodes.flatMap((node) => node.inputs));
  return listAliases(
    graph,
    plan,
    frozen,
    ({ name }) => scope.outputs.has(name) || captured.has(name) || !read.has(name),
  );
}
