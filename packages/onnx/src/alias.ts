/** Values that are another value under a second name: their readers read that one instead. */
import { isIdentity, type Plan, type ValueId } from '@reparam/core';
import type { Scope } from './analysis/scope.ts';
import type { ModelGraph } from './build-graph.ts';

/** For each value that only repeats another, the name of the one it repeats. Outputs and captured values keep their own. */
export function findAliases(
  scope: Scope,
  { graph, captured }: ModelGraph,
  plan: Plan,
  frozen: ReadonlySet<ValueId>,
): Map<string, string> {
  const read = new Set(scope.nodes.flatMap((node) => node.inputs));
  const aliases = new Map<string, string>();
  graph.values.forEach(({ name, pinned }, value) => {
    const [form] = plan.forms[value]!;
    const [term] = form?.terms ?? [];
    if (!form || !term || form.terms.length > 1 || form.bias !== null || !isIdentity(term.operator)) return;
    if (graph.values[term.value]!.moved?.steps) return; // not in the model
    if (pinned || plan.dead.has(value) || frozen.has(value)) return;
    if (scope.outputs.has(name) || captured.has(name) || !read.has(name)) return;
    const source = graph.values[term.value]!.name;
    aliases.set(name, aliases.get(source) ?? source);
  });
  return aliases;
}
