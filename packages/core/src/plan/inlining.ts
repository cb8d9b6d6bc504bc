/** Inlining of values in one search. Its candidates overlap: what a definition makes of a term is found out once for all of them. */
import { addBiases } from '../algebra/add.ts';
import { type Affine, definitionOn, type Term, type ValueId } from '../graph.ts';
import { isOnes } from '../ones.ts';
import { isRefusal, type Refusal } from '../refusal.ts';
import { type Collected, collectTerms, type Inlined, inlineTerm } from './affine.ts';
import { compareCosts } from './cost.ts';
import { priceTerms } from './lower.ts';
import type { Change, PlanState } from './state.ts';

/** What a search goes by. */
export interface Search {
  readonly state: PlanState;
  readonly value: ValueId;
  readonly beside: readonly Change[];
  /** Nothing on ones can cancel or stay, so a bias that padding would read is not looked into. */
  readonly asBias: boolean;
  /** Of each value that was inlined so far. */
  readonly inlinings: Map<ValueId, Inlining>;
}

/** What a value's definition makes of the terms that read it: the same in all candidates. */
interface Inlining {
  readonly definition: Affine;
  readonly results: Map<Term, Inlined | Refusal>;
}

/** An affine with a value inlined, and whether that left a bias that differs from position to position. */
interface Expanded {
  readonly affine: Affine;
  readonly isMapped: boolean;
}

/** With one more value replaced by its own definition, wherever that is exact, and not collected yet; null where nowhere. */
export function inlineValue(search: Search, affine: Affine, next: ValueId): Expanded | null {
  const { state, asBias } = search;
  const { axis, bias } = affine;
  const { definition, results } = inliningOf(search, axis, next);
  const [readers, terms] = partition(affine.terms, (term) => term.value === next);
  const biases = [bias];
  let isMapped = false;
  for (const reader of collect(search, axis, readers).terms) {
    const inner = results.get(reader) ?? inlineTerm(state.graph, reader, definition, asBias);
    results.set(reader, inner);
    if (isRefusal(inner)) terms.push(reader);
    else {
      terms.push(...inner.terms);
      biases.push(inner.bias);
      isMapped ||= inner.terms.some((term) => isOnes(state.graph, term.value));
    }
  }
  if (biases.length === 1) return null;
  const rounded = affine.rounded || definition.rounded;
  return { affine: { axis, terms, bias: addBiases(biases), ...(rounded ? { rounded } : {}) }, isMapped };
}

function inliningOf(search: Search, axis: number, value: ValueId): Inlining {
  let inlining = search.inlinings.get(value);
  if (!inlining) {
    const own = definitionOn(search.state.forms[value]!, axis)!;
    const { terms, rounded } = collect({ ...search, value }, axis, own.terms);
    inlining = { definition: { ...own, terms, rounded: own.rounded || rounded }, results: new Map() };
    search.inlinings.set(value, inlining);
  }
  return inlining;
}

function partition(terms: readonly Term[], isFirst: (term: Term) => boolean): [Term[], Term[]] {
  return [terms.filter(isFirst), terms.filter((term) => !isFirst(term))];
}

/** Adds up what adds up at no higher price, but for terms that are zero. */
export function collect({ state, value }: Search, axis: number, terms: readonly Term[]): Collected {
  const living = terms.some((term) => state.zeros.has(term)) ? terms.filter((term) => !state.zeros.has(term)) : terms;
  const price = (parts: readonly Term[]) => priceTerms(state.graph, value, axis, parts);
  return collectTerms(state.graph, axis, living, (merged, parts) => compareCosts(price([merged]), price(parts)) <= 0);
}
