/** Makes a value by moving one that was not in the model, where that is cheaper for both together. */
import type { ValueId } from '../graph.ts';
import { identity } from '../lift/identity.ts';
import { changeTo } from '../plan/savings.ts';
import { bestForm } from '../plan/search.ts';
import { isComputed, type PlanState, replaceForm } from '../plan/state.ts';

/** See `Value.twin`. */
export function useTwin(state: PlanState, value: ValueId): void {
  const { values } = state.graph;
  const { twin, shape } = values[value]!;
  const [form] = state.forms[value]!;
  const isFixed = state.frozen.has(value) || state.isDead(value);
  if (isFixed || !twin || !form || state.readers[twin.value]!.has(value)) return;
  const [made, { axis }] = [values[twin.value]!.moved!.source, form];
  const terms = [{ operator: identity(shape[axis] as number), value: twin.value }];
  const copy = { axis, terms, bias: null };
  const best = bestForm(state, made, null, [changeTo(state, value, copy)]);
  const isHeld = (id: ValueId) => state.frozen.has(id) && isComputed(values[id]!);
  if (!best || isHeld(made) || best.affine.terms.some((term) => isHeld(term.value))) return;
  replaceForm(state, value, copy, [twin.value]); // which its proof follows
  replaceForm(state, made, best.affine, best.inlined);
}
