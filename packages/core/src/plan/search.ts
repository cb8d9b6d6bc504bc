/** The search for a value's best form: which of the values behind it to inline. */
import { addBiases } from '../algebra/add.ts';
import { type Affine, definitionOn, type Term, type ValueId } from '../graph.ts';
import { isOnes } from '../ones.ts';
import { isPointwise } from '../operator.ts';
import { isRefusal } from '../refusal.ts';
import { isDiagonal } from '../support.ts';
import { collectTerms, inlineTerm } from './affine.ts';
import { type Cost, compareCosts, isGain } from './cost.ts';
import { priceTerms } from './lower.ts';
import { isMovedNode, type PlanState, savings } from './state.ts';

export interface Form {
  readonly affine: Affine;
  readonly inlined: ReadonlySet<ValueId>;
}

/** Values behind one value that are looked at. Linear regions are small in practice; this bounds the ones that are not. */
const maximumRegion = 48;

/**
 * The cheapest form of a value, if one is strictly cheaper than the current. With `without`, the cheapest form that inlines those values,
 * at any price.
 */
export function bestForm(state: PlanState, value: ValueId, without: Iterable<ValueId> | null = null): Form | null {
  let best: Candidate | null = null;
  for (const definition of state.forms[value]!) {
    const region = findRegion(state, value, definition);
    if (region.ancestors.size === 0 && !isMovedNode(state, value)) continue;
    const evaluate = candidateEvaluator(state, value, definition);
    for (const seed of listSeeds(state, definition, region)) {
      const start = without === null ? seed : new Set([...seed, ...without]);
      const found = climb(start, region, evaluate);
      if (!found || (without === null && !isGain(found.saved))) continue;
      if (!best || compareCosts(found.saved, best.saved) > 0) best = found;
    }
  }
  return best?.form ?? null;
}

interface Region {
  /** Affine values behind the value, each with everything it can be reached from. */
  readonly ancestors: ReadonlyMap<ValueId, ReadonlySet<ValueId>>;
}

function findRegion(state: PlanState, value: ValueId, definition: Affine): Region {
  const ancestors = new Map<ValueId, Set<ValueId>>();
  for (const id of listRegion(state, value, definition).sort((a, b) => a - b)) {
    const behind = new Set<ValueId>();
    for (const term of definitionOn(state.forms[id]!, definition.axis)!.terms) {
      behind.add(term.value);
      for (const other of ancestors.get(term.value) ?? []) behind.add(other);
    }
    ancestors.set(id, behind);
  }
  return { ancestors };
}

/** Affine values behind `definition` on its axis, nearest first. */
function listRegion(state: PlanState, value: ValueId, definition: Affine): ValueId[] {
  const found: ValueId[] = [];
  const queue = definition.terms.map((term) => term.value);
  const seen = new Set<ValueId>([value]);
  for (let next = queue.shift(); next !== undefined && found.length < maximumRegion; next = queue.shift()) {
    if (seen.has(next) || state.frozen.has(next)) continue;
    seen.add(next);
    const form = definitionOn(state.forms[next]!, definition.axis);
    if (!form) continue;
    found.push(next);
    queue.push(...form.terms.map((term) => term.value));
  }
  return found;
}

/** Whether all that `bestForm` looks at is as it was when so many forms had been replaced. */
export function isAsBefore(state: PlanState, value: ValueId, changes: number): boolean {
  return (
    state.changedAt[value]! <= changes &&
    state.forms[value]!.every((definition) =>
      listRegion(state, value, definition).every((id) => state.changedAt[id]! <= changes),
    )
  );
}

/**
 * Sets of values to inline from which the search starts: everything between the value and a point where paths meet, since terms
 * collect only there. A single path is climbed step by step.
 */
function listSeeds(state: PlanState, definition: Affine, region: Region): Set<ValueId>[] {
  const seeds = new Map<string, Set<ValueId>>();
  const keep = (ids: Iterable<ValueId>) => {
    const seed = new Set(ids);
    seeds.set([...seed].sort((a, b) => a - b).join(), seed);
  };
  const light = lightValues(state, definition, region);
  keep([]);
  keep(light);
  for (const point of meetingPoints(state, definition, region)) {
    const between = [...region.ancestors].filter(([, behind]) => behind.has(point)).map(([id]) => id);
    keep(between);
    keep([...between, ...light]);
  }
  keep(region.ancestors.keys());
  return [...seeds.values()];
}

/** Values that several terms of the region read. */
function meetingPoints(state: PlanState, definition: Affine, region: Region): Set<ValueId> {
  const seen = new Set<ValueId>();
  const points = new Set<ValueId>();
  const forms = [...region.ancestors.keys()].map((id) => definitionOn(state.forms[id]!, definition.axis)!);
  for (const { value } of [definition, ...forms].flatMap((form) => form.terms)) {
    if (!isOnes(state.graph, value)) (seen.has(value) ? points : seen).add(value);
  }
  return points;
}

/** Values reached through sums, scales and moves alone. Inlining them shows which products can take them in. */
function lightValues(state: PlanState, definition: Affine, region: Region): Set<ValueId> {
  const light = new Set<ValueId>();
  const queue = [definition];
  for (let affine = queue.pop(); affine; affine = queue.pop()) {
    for (const { value } of affine.terms) {
      if (light.has(value) || !region.ancestors.has(value)) continue;
      const form = definitionOn(state.forms[value]!, definition.axis)!;
      if (!form.terms.every((term) => isLight(state, term))) continue;
      light.add(value);
      queue.push(form);
    }
  }
  return light;
}

function isLight(state: PlanState, { operator, value }: Term): boolean {
  return isOnes(state.graph, value) || (isPointwise(operator) && isDiagonal(operator.support));
}

/** From a start, inlines one more value at a time while that is strictly cheaper. */
function climb(start: ReadonlySet<ValueId>, region: Region, evaluate: Evaluate): Candidate | null {
  let current = evaluate(start);
  if (!current) return null;
  for (;;) {
    let better: Candidate | null = null;
    for (const { value: next } of current.form.affine.terms) {
      if (!region.ancestors.has(next) || current.form.inlined.has(next)) continue;
      const candidate = evaluate(new Set([...current.form.inlined, next]));
      if (candidate && compareCosts(candidate.saved, (better ?? current).saved) > 0) better = candidate;
    }
    if (!better) return current;
    current = better;
  }
}

interface Candidate {
  readonly form: Form;
  readonly saved: Cost;
}

type Evaluate = (inlined: ReadonlySet<ValueId>) => Candidate | null;

/** Prices the form that inlines some values, each set of them once: climbs meet. */
function candidateEvaluator(state: PlanState, value: ValueId, definition: Affine): Evaluate {
  const known = new Map<string, Candidate | null>();
  return (inlined) => {
    const key = [...inlined].sort((a, b) => a - b).join();
    let candidate = known.get(key);
    if (candidate === undefined) {
      candidate = evaluateForm(state, value, definition, inlined);
      known.set(key, candidate);
    }
    return candidate;
  };
}

/** null where the form is none: a constant, or a bias map that may not be made. */
function evaluateForm(
  state: PlanState,
  value: ValueId,
  definition: Affine,
  inlined: ReadonlySet<ValueId>,
): Candidate | null {
  const expansion = inlined.size === 0 ? asIs(definition) : expandAllowed(state, value, definition, inlined);
  if (!expansion) return null;
  const { affine, used } = expansion;
  if (affine.terms.every((term) => isOnes(state.graph, term.value))) return null; // left to the operators that make it
  return { form: { affine, inlined: used }, saved: savings(state, [{ value, affine }]) };
}

function asIs(affine: Affine): Expansion {
  return { affine, used: new Set(), mapped: new Set() };
}

/** The expansion without those values whose biases would become a map, where maps may not be made. */
function expandAllowed(
  state: PlanState,
  value: ValueId,
  definition: Affine,
  inlined: ReadonlySet<ValueId>,
): Expansion | null {
  let left = inlined;
  for (;;) {
    const expansion = expand(state, value, definition, left, new Map());
    const maps = expansion.affine.terms.filter((term) => isOnes(state.graph, term.value));
    if (maps.length === 0 || maps.every((term) => state.mayMap(term.value))) return expansion;
    const fewer = new Set([...left].filter((id) => !expansion.mapped.has(id)));
    if (fewer.size === left.size) return null;
    if (fewer.size === 0) return asIs(definition);
    left = fewer;
  }
}

interface Expansion {
  readonly affine: Affine;
  /** Values that could be inlined. */
  readonly used: ReadonlySet<ValueId>;
  /** Values whose inlining left a bias that differs from position to position. */
  readonly mapped: ReadonlySet<ValueId>;
}

/** `definition` with the given values replaced by their own definitions, wherever that is exact; terms collected. */
function expand(
  state: PlanState,
  value: ValueId,
  definition: Affine,
  inlined: ReadonlySet<ValueId>,
  known: Map<ValueId, Expansion>,
): Expansion {
  const { graph } = state;
  const { axis } = definition;
  const used = new Set<ValueId>();
  const mapped = new Set<ValueId>();
  const terms: Term[] = [];
  const biases = [definition.bias];
  let rounded = definition.rounded === true;
  for (const term of definition.terms) {
    if (state.zeros.has(term)) continue;
    const form = inlined.has(term.value) ? definitionOn(state.forms[term.value]!, axis) : undefined;
    const expansion = form && (known.get(term.value) ?? expand(state, term.value, form, inlined, known));
    const inner = expansion && inlineTerm(graph, term, expansion.affine);
    if (!inner || isRefusal(inner)) {
      terms.push(term);
      continue;
    }
    for (const id of expansion.used) used.add(id);
    for (const id of expansion.mapped) mapped.add(id);
    used.add(term.value);
    if (inner.terms.some((own) => isOnes(graph, own.value))) mapped.add(term.value);
    rounded ||= expansion.affine.rounded === true;
    terms.push(...inner.terms);
    biases.push(inner.bias);
  }
  const price = (parts: readonly Term[]) => priceTerms(graph, value, axis, parts);
  const isCheaper = (merged: Term, parts: readonly Term[]) => compareCosts(price([merged]), price(parts)) <= 0;
  const collected = collectTerms(graph, axis, terms, isCheaper);
  if (!collected.terms.some((term) => isOnes(graph, term.value))) mapped.clear();
  const affine = {
    axis,
    terms: collected.terms,
    bias: addBiases(biases),
    ...(rounded || collected.rounded ? { rounded: true } : {}),
  };
  const expansion = { affine, used, mapped };
  known.set(value, expansion);
  return expansion;
}
