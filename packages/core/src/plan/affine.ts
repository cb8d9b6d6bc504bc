/** The two moves on affine values: inline a definition, collect the terms on one source. */
import { explainAdd } from '../algebra/add.ts';
import { checkCompose, composeBias, composeUnchecked } from '../algebra/compose.ts';
import { type Affine, type Graph, spatialSizes, type Term, type ValueId } from '../graph.ts';
import { identity } from '../lift/identity.ts';
import { isRefusal, type Refusal } from '../refusal.ts';
import type { Size } from '../size.ts';
import { readsFrom } from '../support.ts';
import type { LazyArray } from '../weight.ts';

/** What a term becomes when the value it reads is replaced by its definition. */
export interface Inlined {
  readonly terms: readonly Term[];
  readonly bias: LazyArray | null;
}

/** Puts `definition` in place of the value that `term` reads; all of it, or nothing with the reason. */
export function inlineTerm(graph: Graph, term: Term, definition: Affine): Inlined | Refusal {
  const sizeOf = (value: ValueId) => spatialSizes(graph.values[value]!.shape, definition.axis);
  const read = definition.terms.filter((inner) => readsFrom(term.operator.support, inner.operator.support));
  for (const inner of read) {
    const refusal = checkCompose(term.operator, inner.operator, { inputSize: sizeOf(inner.value) });
    if (refusal) return refusal;
  }
  const { bias } = definition;
  if (bias) {
    const shift = { ...identity(term.operator.inChannels), bias };
    const refusal = checkCompose(term.operator, shift, { inputSize: sizeOf(term.value) });
    if (refusal) return refusal;
  }
  return {
    terms: read.map(({ operator, value }) => ({ operator: composeUnchecked(term.operator, operator), value })),
    bias: composeBias(term.operator, bias, null),
  };
}

/** How to decide whether a merged term is worth it. */
export type IsCheaper = (merged: Term, parts: readonly Term[]) => boolean;

/** Adds up the terms on one source wherever they add and the sum is not dearer. Reads no weights. */
export function collectTerms(graph: Graph, axis: number, terms: readonly Term[], isCheaper: IsCheaper): Term[] {
  const groups = new Map<ValueId, Term[]>();
  for (const term of terms) groups.set(term.value, [...(groups.get(term.value) ?? []), term]);
  return [...groups]
    .flatMap(([value, group]) => mergeGroup(group, spatialSizes(graph.values[value]!.shape, axis), isCheaper))
    .filter((term) => term.operator.weight.constant !== 0); // terms may cancel out
}

function mergeGroup(group: readonly Term[], inputSize: readonly Size[], isCheaper: IsCheaper): readonly Term[] {
  if (group.length === 1) return group;
  const whole = mergeTerms(group, inputSize);
  if (whole && isCheaper(whole, group)) return [whole];
  if (group.length > 8) return group;
  for (let a = 0; a < group.length; a++) {
    for (let b = a + 1; b < group.length; b++) {
      const pair = [group[a]!, group[b]!];
      const merged = mergeTerms(pair, inputSize);
      if (!merged || !isCheaper(merged, pair)) continue;
      return mergeGroup([merged, ...group.filter((term) => !pair.includes(term))], inputSize, isCheaper);
    }
  }
  return group;
}

function mergeTerms(terms: readonly Term[], inputSize: readonly Size[]): Term | null {
  const sum = explainAdd(
    terms.map((term) => term.operator),
    inputSize,
  );
  return isRefusal(sum) ? null : { operator: sum, value: terms[0]!.value };
}
