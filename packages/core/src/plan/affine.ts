/** The two moves on affine values: inline a definition, collect the terms on one source. */
import { addBiases, explainAdd } from '../algebra/add.ts';
import { checkCompose, composeBias, composeUnchecked } from '../algebra/compose.ts';
import { type Affine, type Graph, spatialSizes, type Term, type ValueId } from '../graph.ts';
import { identity } from '../lift/identity.ts';
import { biasColumn, cancels, findOnes, isOnes, uniformBias } from '../ones.ts';
import { isRefusal, type Refusal } from '../refusal.ts';
import type { Size } from '../size.ts';
import { readsFrom, sameSupport } from '../support.ts';
import type { LazyArray } from '../weight.ts';

/** What a term becomes when the value it reads is replaced by its definition. */
export interface Inlined {
  readonly terms: readonly Term[];
  readonly bias: LazyArray | null;
}

/**
 * Puts `definition` in place of the value that `term` reads; all of it, or nothing with the reason. With `asBias`, not where its bias
 * would be one only away from padding.
 */
export function inlineTerm(graph: Graph, term: Term, definition: Affine, asBias = false): Inlined | Refusal {
  const check = ({ operator, value }: Term) =>
    checkCompose(term.operator, operator, { inputSize: spatialSizes(graph.values[value]!.shape, definition.axis) });
  const read = definition.terms.filter((inner) => readsFrom(term.operator.support, inner.operator.support));
  const refusal = firstRefusal(read, check); // before the bias, which may have to be computed
  if (refusal) return refusal;
  const shift = inlineBias(graph, term, definition, asBias);
  if (isRefusal(shift)) return shift;
  const onOnes = firstRefusal(shift.terms, check);
  if (onOnes) return onOnes;
  const terms: Term[] = [];
  const biases = [shift.bias];
  for (const { operator: first, value } of [...read, ...shift.terms]) {
    const operator = composeUnchecked(term.operator, first);
    const size = spatialSizes(graph.values[value]!.shape, definition.axis);
    const uniform = isOnes(graph, value) ? uniformBias(operator, size) : null;
    if (uniform) biases.push(uniform.bias);
    else terms.push({ operator, value });
  }
  return { terms, bias: addBiases(biases) };
}

function firstRefusal(terms: readonly Term[], check: (term: Term) => Refusal | null): Refusal | null {
  for (const term of terms) {
    const refusal = check(term);
    if (refusal) return refusal;
  }
  return null;
}

/** The bias as a bias, or as a term on ones where padding is to read it. */
function inlineBias(graph: Graph, term: Term, { axis, bias }: Affine, asBias: boolean): Inlined | Refusal {
  if (bias === null) return { bias: null, terms: [] };
  const inputSize = spatialSizes(graph.values[term.value]!.shape, axis);
  const refusal = checkCompose(term.operator, { ...identity(term.operator.inChannels), bias }, { inputSize });
  if (!refusal) return { bias: composeBias(term.operator, bias, null), terms: [] };
  const ones = inputSize.length > 0 && !asBias ? findOnes(graph, inputSize) : undefined;
  return ones === undefined ? refusal : { bias: null, terms: [{ operator: biasColumn(bias), value: ones }] };
}

/** How to decide whether a merged term is worth it. */
export type IsCheaper = (merged: Term, parts: readonly Term[]) => boolean;

/** Terms that are left, and whether some that were zero within the graph's precision have been dropped. */
export interface Collected {
  readonly terms: readonly Term[];
  readonly rounded: boolean;
}

/** Adds up the terms on one source wherever they add and the sum is not dearer. Reads no weights but those on ones. */
export function collectTerms(graph: Graph, axis: number, terms: readonly Term[], isCheaper: IsCheaper): Collected {
  if (new Set(terms.map(({ value }) => value)).size === terms.length)
    return { terms: terms.filter(isPresent), rounded: false };
  const groups = new Map<ValueId, Term[]>();
  for (const term of terms) groups.set(term.value, [...(groups.get(term.value) ?? []), term]);
  let rounded = false;
  const collected = [...groups].flatMap(([value, group]) => {
    const inputSize = spatialSizes(graph.values[value]!.shape, axis);
    if (!isOnes(graph, value)) return mergeGroup(group, inputSize, isCheaper);
    const sum = mergeGroup(group, inputSize, () => true);
    const cancelled = sum.length === 1 && group.length > 1 ? cancels(graph, sum[0]!, group) : null;
    rounded ||= cancelled === 'nearly';
    return cancelled ? [] : sum;
  });
  return { terms: collected.filter(isPresent), rounded }; // terms may cancel out
}

function isPresent({ operator }: Term): boolean {
  return operator.weight.constant !== 0;
}

function mergeGroup(group: readonly Term[], inputSize: readonly Size[], isCheaper: IsCheaper): readonly Term[] {
  const whole = mergeIfCheaper(group, inputSize, isCheaper);
  if (whole.length === 1) return whole;
  // Those between the same channels usually merge.
  const alike = groupBy(group, (a, b) => sameSupport(a.operator.support, b.operator.support));
  return mergePairs(
    alike.flatMap((terms) => mergeIfCheaper(terms, inputSize, isCheaper)),
    inputSize,
    isCheaper,
  );
}

/** A group of which more are left is no sum that some pairs would make cheap. */
const MOST_PAIRED = 8;

function mergePairs(group: readonly Term[], inputSize: readonly Size[], isCheaper: IsCheaper): readonly Term[] {
  if (group.length > MOST_PAIRED) return group;
  for (let a = 0; a < group.length; a++) {
    for (let b = a + 1; b < group.length; b++) {
      const pair = [group[a]!, group[b]!];
      const merged = mergeIfCheaper(pair, inputSize, isCheaper);
      if (merged.length > 1) continue;
      return mergePairs([...merged, ...group.filter((term) => !pair.includes(term))], inputSize, isCheaper);
    }
  }
  return group;
}

function groupBy(terms: readonly Term[], isAlike: (a: Term, b: Term) => boolean): Term[][] {
  const groups: Term[][] = [];
  for (const term of terms) {
    const known = groups.find(([first]) => isAlike(first!, term));
    if (known) known.push(term);
    else groups.push([term]);
  }
  return groups;
}

/** One term, or those that there were. */
function mergeIfCheaper(terms: readonly Term[], inputSize: readonly Size[], isCheaper: IsCheaper): readonly Term[] {
  if (terms.length === 1) return terms;
  const merged = mergeTerms(terms, inputSize);
  return merged && isCheaper(merged, terms) ? [merged] : terms;
}

function mergeTerms(terms: readonly Term[], inputSize: readonly Size[]): Term | null {
  const sum = explainAdd(
    terms.map((term) => term.operator),
    inputSize,
  );
  return isRefusal(sum) ? null : { operator: sum, value: terms[0]!.value };
}
