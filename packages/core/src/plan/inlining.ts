/** Inlining of values in one search. Its candidates overlap: what a definition makes of a term is found out once for all of them. */
import { addBiases } from '../algebra/add.ts';
import { type Affine, definitionOn, type Term, type ValueId } from '../graph.ts';
import { isOnes } from '../ones.ts';
import { isRefusal, type Refusal } from '../refusal.ts';
import { type Collected, collectTerms, type Inlined, inlineTerm } from './affine.ts';
import { compareCosts } from './cost.ts';
import { priceTerms } from './lower.ts';
import type { Change } from './savings.ts';
import type { Form } from './search.ts';
import type { PlanState } from './state.ts';

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

/** The form with one more value replaced by its own definition, wherever that is exact; what comes of it is not collected yet. */
export function inlineValue(search: Search, form: Form, next: ValueId): Form {
  const { state, asBias } = search;
  const { affine } = form;
  const { axis } = affine;
  const { definition, results } = inliningOf(search, axis, next);
  const terms = affine.terms.filter(({ value }) => value !== next);
  const readers = affine.terms.filter(({ value }) => value === next);
  const biases = [affine.bias];
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
  if (biases.length === 1) return form;
  const rounded = affine.rounded || definition.rounded;
  return {
    affine: { axis, terms, bias: addBiases(biases), ...(rounded ? { rounded } : {}) },
    inlined: new Set([...form.inlined, next]),
    mapped: isMapped ? new Set([...form.mapped, next]) : form.mapped,
  };
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

/** Adds up what adds up at no higher price, but for terms that are zero. */
export function collect({ state, value }: Search, axis: number, terms: readonly Term[]): Collected {
  const living = terms.filter((term) => !state.zeros.has(term));
  const price = (parts: readonly Term[]) => priceTerms(state.graph, value, axis, parts);
  return collectTerms(state.graph, axis, living, (merged, parts) => compareCosts(price([merged]), price(parts)) <= 0);
}
