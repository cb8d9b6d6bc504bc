/** Values that are another value under a second name: their readers read that one instead. */
import type { Graph, Value, ValueId } from '../graph.ts';
import type { Plan } from '../plan/plan.ts';
import { isRepetition } from '../repetition.ts';

/**
 * For each value that only repeats another, the name of the one it repeats. `keepsName` says which values must stay available under
 * their own.
 */
export function listAliases(
  graph: Graph,
  plan: Plan,
  frozen: ReadonlySet<ValueId>,
  keepsName: (value: Value) => boolean,
): Map<string, string> {
  const aliases = new Map<string, string>();
  graph.values.forEach((own, value) => {
    const [form] = plan.forms[value]!;
    const [term] = form?.terms ?? [];
    if (!form || !term || !isRepetition(form)) return;
    if (graph.values[term.value]!.moved?.steps || plan.dead.has(term.value)) return; // not in the model, or not any more
    if (own.pinned || plan.dead.has(value) || frozen.has(value) || keepsName(own)) return;
    const source = graph.values[term.value]!.name;
    aliases.set(own.name, aliases.get(source) ?? source);
  });
  return aliases;
}
