/** Why each linear operator that is left was not merged into what it reads. */

import { refuseBorder } from '../border.ts';
import { definitionOn, type Graph, type Term, type ValueId } from '../graph.ts';
import { hasFixedSize, isOnes } from '../ones.ts';
import { isIdentity } from '../operator.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import { inlineTerm } from './affine.ts';
import type { Plan, PlanOptions } from './plan.ts';

/** A value that keeps reading another one. */
export interface Unfused {
  readonly value: ValueId;
  /** The value it reads, which could not be inlined. */
  readonly source: ValueId;
  readonly refusal: Refusal;
}

export function explainPlan(graph: Graph, plan: Plan, options: PlanOptions = {}): Unfused[] {
  const frozen = options.frozen ?? new Set<ValueId>();
  const mayMap = (ones: ValueId) => options.border === 'repair' && hasFixedSize(graph.values[ones]!);
  const unfused: Unfused[] = [];
  graph.values.forEach((_, value) => {
    const form = plan.forms[value]![0];
    if (!form || plan.dead.has(value)) return;
    for (const term of form.terms) {
      if (isOnes(graph, term.value)) continue;
      const refusal = explainTerm(graph, plan, value, form.axis, term, frozen, mayMap);
      if (refusal) unfused.push({ value, source: term.value, refusal });
    }
  });
  return unfused;
}

function explainTerm(
  graph: Graph,
  plan: Plan,
  value: ValueId,
  axis: number,
  term: Term,
  frozen: ReadonlySet<ValueId>,
  mayMap: (ones: ValueId) => boolean,
): Refusal | null {
  const source = graph.values[term.value]!;
  const forms = plan.forms[term.value]!;
  if (forms.length === 0) return source.refusal ?? (isIdentity(term.operator) ? null : explainSource(source.origin));
  if (frozen.has(value) || frozen.has(term.value)) {
    return refuse('excluded-by-option', 'left alone, as asked', 'drop the option that names it');
  }
  const form = definitionOn(forms, axis);
  if (!form) {
    return refuse(
      'axis-mismatch',
      `it acts on axis ${axis}, and the operator before it (${source.origin}) on axis ${forms[0]!.axis}`,
      'keep channels on one axis',
    );
  }
  const inlined = inlineTerm(graph, term, form);
  if (isRefusal(inlined)) return inlined;
  if (inlined.terms.some((inner) => isOnes(graph, inner.value) && !mayMap(inner.value))) return refuseBorder();
  if (isIdentity(term.operator)) return null;
  return refuse(
    'costlier',
    `merging it with the operator before it (${source.origin}) is exact, but takes as many multiply-adds or more`,
    'nothing to do: the model is cheaper as it is',
  );
}

function explainSource(origin: string): Refusal | null {
  if (origin === 'graph input') return null;
  return refuse('activation-between', `${origin} stands before it, which is not linear`, 'only linear operators merge');
}
