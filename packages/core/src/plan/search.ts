/** The search for a value's best form: which of the values behind it to inline. */
import type { Affine, ValueId } from '../graph.ts';
import { isOnes } from '../ones.ts';
import { type Cost, compareCosts, isGain, noCost } from './cost.ts';
import { collect, inlineValue, type Search } from './inlining.ts';
import { findRegion, listSeeds, type Region, termsIn } from './region.ts';
import { type Change, changeTo, savings } from './savings.ts';
import { isMovedNode, type PlanState } from './state.ts';

export interface Form {
  readonly affine: Affine;
  /** Values that are replaced by their definitions. */
  readonly inlined: ReadonlySet<ValueId>;
  /** Those of them whose inlining left a bias that differs from position to position. */
  readonly mapped: ReadonlySet<ValueId>;
}

/**
 * The cheapest form of a value, if one is strictly cheaper than the current. With `without`, the cheapest form that inlines those values,
 * at any price. `beside` it, others change too.
 */
export function bestForm(
  state: PlanState,
  value: ValueId,
  without: Iterable<ValueId> | null = null,
  beside: readonly Change[] = [],
): Form | null {
  let best: Candidate | null = null;
  for (const definition of state.forms[value]!) {
    const region = findRegion(state, value, definition);
    if (region.size === 0 && !isMovedNode(state, value)) continue;
    for (const found of findCandidates({ state, value, beside }, definition, region, without)) {
      if (without === null && !isGain(found.saved)) continue;
      if (!best || compareCosts(found.saved, best.saved) > 0) best = found;
    }
  }
  return best?.form ?? null;
}

interface Candidate {
  readonly form: Form;
  readonly saved: Cost;
}

/** What climbing from each seed arrives at. */
function findCandidates(
  asked: Omit<Search, 'asBias' | 'inlinings'>,
  definition: Affine,
  region: Region,
  without: Iterable<ValueId> | null,
): Candidate[] {
  const { state } = asked;
  const search: Search = { ...asked, asBias: !readsOnes(state, definition, region), inlinings: new Map() };
  const known = new Map<string, Candidate | null>(); // climbs meet
  const evaluate = (form: Form, further: readonly ValueId[]) => {
    const key = [...form.inlined, ...further].sort((a, b) => a - b).join();
    let candidate = known.get(key);
    if (candidate === undefined) {
      candidate = evaluateForm(search, form, further);
      known.set(key, candidate);
    }
    return candidate;
  };
  const bare: Form = { affine: keepZero(state, definition), inlined: new Set(), mapped: new Set() };
  const wanted = [...(without ?? [])].filter((id) => region.has(id));
  return listSeeds(state, definition, region).flatMap((seed) => {
    const inlined = new Set([...seed, ...wanted]);
    const start = evaluate(bare, [...inlined]);
    return start ? [climb(start, region, (form, next) => evaluate(form, [next]))] : [];
  });
}

/** Whether a bias on ones may stay, or there are others that it may cancel. */
function readsOnes(state: PlanState, definition: Affine, region: Region): boolean {
  return state.mapsAllowed || termsIn(state, definition, region).some(({ value }) => isOnes(state.graph, value));
}

/** A value that is zero apart from its bias needs some term to be written with: copies, which are not known to be zero. */
function keepZero({ zeros }: PlanState, affine: Affine): Affine {
  if (!affine.terms.every((term) => zeros.has(term))) return affine;
  return { ...affine, terms: affine.terms.map((term) => ({ ...term })) };
}

/** The form with further values inlined; null where it is none: a constant, or a bias map that may not be made. */
function evaluateForm(search: Search, form: Form, further: readonly ValueId[]): Candidate | null {
  const { state, value, beside } = search;
  const found = inlineAllowed(search, form, further);
  if (!found || found.affine.terms.every((term) => isOnes(state.graph, term.value))) return null; // left to the operators that make it
  const isStart = found.inlined.size === 0 && beside.length === 0 && !isMovedNode(state, value); // no change, only where climbs start
  return { form: found, saved: isStart ? noCost : savings(state, [changeTo(state, value, found.affine), ...beside]) };
}

/** Without those values whose biases would become a map, where maps may not be made. */
function inlineAllowed(search: Search, form: Form, further: readonly ValueId[]): Form | null {
  const { state } = search;
  let left = [...further].sort((a, b) => b - a); // readers before what they read
  for (;;) {
    const expanded = left.reduce((before, next) => inlineValue(search, before, next), form);
    const found = collectForm(search, expanded);
    const maps = found.affine.terms.filter((term) => isOnes(state.graph, term.value));
    if (maps.length === 0 || state.mayMap(found.affine)) return found;
    const fewer = left.filter((id) => !found.mapped.has(id));
    if (fewer.length === left.length) return null;
    left = fewer;
  }
}

/** From a start, inlines one more value at a time while that is strictly cheaper. */
function climb(
  start: Candidate,
  region: Region,
  evaluateNext: (form: Form, next: ValueId) => Candidate | null,
): Candidate {
  let current = start;
  for (;;) {
    let better: Candidate | null = null;
    for (const { value: next } of current.form.affine.terms) {
      if (!region.has(next) || current.form.inlined.has(next)) continue;
      const candidate = evaluateNext(current.form, next);
      if (candidate && compareCosts(candidate.saved, (better ?? current).saved) > 0) better = candidate;
    }
    if (!better) return current;
    current = better;
  }
}

function collectForm(search: Search, { affine, inlined, mapped }: Form): Form {
  const { terms, rounded } = collect(search, affine.axis, affine.terms);
  const hasMap = terms.some((term) => isOnes(search.state.graph, term.value));
  return {
    affine: { ...affine, terms, ...(rounded ? { rounded } : {}) },
    inlined,
    mapped: hasMap ? mapped : new Set(),
  };
}
