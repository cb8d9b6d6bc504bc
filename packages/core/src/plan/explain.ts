/** Why each linear operator that is left was not merged into what it reads. */

import { refuseBorder } from '../border.ts';
import { type Affine, definitionOn, type Graph, type Term, type Value, type ValueId } from '../graph.ts';
import { isOnes, mayWriteOnes } from '../ones.ts';
import { isIdentity, tapCount } from '../operator.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import { isDiagonal } from '../support.ts';
import { inlineTerm } from './affine.ts';
import { explainSum } from './explain-sum.ts';
import type { Plan, PlanOptions } from './plan.ts';

/** A value that keeps reading another one. */
export interface Unfused {
  readonly value: ValueId;
  /** The values it reads, which could not be inlined. */
  readonly sources: readonly ValueId[];
  readonly refusal: Refusal;
}

export function explainPlan(graph: Graph, plan: Plan, options: PlanOptions = {}): Unfused[] {
  const frozen = options.frozen ?? new Set<ValueId>();
  const { border } = options;
  const rewritten = new Set(plan.rewrites.map((rewrite) => rewrite.value));
  const unfused: Unfused[] = [];
  graph.values.forEach((_, value) => {
    const form = plan.forms[value]![0];
    if (!form || plan.dead.has(value) || (graph.values[value]!.moved && !rewritten.has(value))) return;
    const terms = form.terms.filter((term) => !isOnes(graph, term.value));
    const known = unfused.length;
    for (const term of terms) {
      const refusal = explainTerm(graph, plan, value, form, term, frozen, border);
      if (refusal) unfused.push({ value, sources: [term.value], refusal });
    }
    if (terms.length > 1 && unfused.length === known) {
      const sources = [...new Set(terms.map((term) => term.value))];
      unfused.push({ value, sources, refusal: explainSum(graph, plan, form.axis, terms) });
    }
  });
  return withoutNeedless(plan, unfused);
}

/** That an operator is the first of all is told only of one that nothing else is told of. */
function withoutNeedless({ rewrites }: Plan, unfused: readonly Unfused[]): Unfused[] {
  const isFirst = ({ refusal }: Unfused) => refusal.reason === 'graph-input';
  const told = new Set(rewrites.map(({ value }) => value));
  for (const { value, sources } of unfused.filter((other) => !isFirst(other)))
    for (const id of [value, ...sources]) told.add(id);
  return unfused.filter((other) => !isFirst(other) || !told.has(other.value));
}

function explainTerm(
  graph: Graph,
  plan: Plan,
  value: ValueId,
  { axis, terms, bias }: Affine,
  term: Term,
  frozen: ReadonlySet<ValueId>,
  border: PlanOptions['border'],
): Refusal | null {
  const source = graph.values[term.value]!;
  const forms = plan.forms[term.value]!;
  const copies = isIdentity(term.operator) && (terms.length > 1 || bias === null);
  if (forms.length === 0) return source.refusal ?? (copies ? null : explainSource(source, term));
  if (frozen.has(value) || frozen.has(term.value)) {
    return refuse('excluded-by-option', 'left alone, as asked', 'drop the option that names it');
  }
  const form = definitionOn(forms, axis);
  if (!form) {
    const known = graph.values[value]!.offAxis ?? source.offAxis;
    if (known) return known;
    return refuse(
      'axis-mismatch',
      `it acts on axis ${axis}, and the operator before it (${source.origin}) on axis ${forms[0]!.axis}`,
      'keep channels on one axis',
    );
  }
  const inlined = inlineTerm(graph, term, form);
  if (isRefusal(inlined)) return inlined;
  const onOnes = inlined.terms.some((inner) => isOnes(graph, inner.value));
  const isWritten = border === 'repair' && mayWriteOnes(graph, { axis, bias, terms: inlined.terms });
  if (onOnes && !isWritten) return refuseBorder(border);
  if (copies) return null;
  return refuse(
    'costlier',
    `merging it with the operator before it (${source.origin}) is exact, but takes as many multiply-adds or more`,
    'nothing to do: the model is cheaper as it is',
  );
}

function explainSource({ origin, name, barrier }: Value, { operator }: Term): Refusal | null {
  if (barrier) return barrier;
  if (origin === 'graph input') {
    if (!isDiagonal(operator.support) || tapCount(operator.axes) > 1) return null; // a convolution may well come first
    return refuse(
      'graph-input',
      `it reads the ${origin} "${name}", and no linear operator stands before it`,
      'nothing to do: only an operator behind it could take it in, and none does',
    );
  }
  return refuse(
    'activation-between',
    `${origin} stands before it, which is not linear`,
    'nothing at conversion: only a model trained without it there has one operator in their place',
  );
}
