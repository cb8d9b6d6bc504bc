/** What lies behind a value, and where the search for its best form starts from. */
import { type Affine, definitionOn, type Term, type ValueId } from '../graph.ts';
import { isOnes } from '../ones.ts';
import { isPointwise } from '../operator.ts';
import { isDiagonal } from '../support.ts';
import type { PlanState } from './state.ts';

/** Values behind one value that are looked at. Linear regions are small in practice; this bounds the ones that are not. */
const maximumRegion = 48;

/** Affine values behind a value, each with everything it can be reached from. */
export type Region = ReadonlyMap<ValueId, ReadonlySet<ValueId>>;

export function findRegion(state: PlanState, value: ValueId, definition: Affine): Region {
  const region = new Map<ValueId, Set<ValueId>>();
  for (const id of listRegion(state, value, definition).sort((a, b) => a - b)) {
    const behind = new Set<ValueId>();
    for (const term of definitionOn(state.forms[id]!, definition.axis)!.terms) {
      behind.add(term.value);
      for (const other of region.get(term.value) ?? []) behind.add(other);
    }
    region.set(id, behind);
  }
  return region;
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
  const isOld = (id: ValueId) => state.changedAt[id]! <= changes;
  return (
    isOld(value) &&
    state.forms[value]!.every((definition) => listRegion(state, value, definition).every(isOld)) &&
    listReads(state, value).every(isOld)
  );
}

/** Values that the model's own nodes read to make this one, beside what its terms read: whether they go with it depends on who else reads them. */
function listReads({ graph }: PlanState, value: ValueId): ValueId[] {
  const found = new Set(graph.values[value]!.reads);
  for (const id of found) {
    if (found.size > maximumRegion) break;
    for (const next of graph.values[id]!.reads ?? []) found.add(next);
  }
  return [...found];
}

/**
 * Sets of values to inline from which the search starts: everything between the value and a point where paths meet, since terms
 * collect only there. A single path is climbed step by step.
 */
export function listSeeds(state: PlanState, definition: Affine, region: Region): Set<ValueId>[] {
  const seeds = new Map<string, Set<ValueId>>();
  const keep = (ids: Iterable<ValueId>) => {
    const seed = new Set(ids);
    seeds.set([...seed].sort((a, b) => a - b).join(), seed);
  };
  const light = lightValues(state, definition, region);
  keep([]);
  keep(light);
  for (const point of meetingPoints(state, definition, region)) {
    const between = [...region].filter(([, behind]) => behind.has(point)).map(([id]) => id);
    keep(between);
    keep(between.filter((id) => !state.graph.values[id]!.kept)); // those that stay are not saved
    keep([...between, ...light]);
  }
  keep(region.keys());
  return [...seeds.values()];
}

/** Those of the definition, and of all that is behind it. */
export function termsIn(state: PlanState, definition: Affine, region: Region): Term[] {
  const forms = [...region.keys()].map((id) => definitionOn(state.forms[id]!, definition.axis)!);
  return [definition, ...forms].flatMap((form) => form.terms);
}

/** Values that several terms of the region read. */
function meetingPoints(state: PlanState, definition: Affine, region: Region): Set<ValueId> {
  const seen = new Set<ValueId>();
  const points = new Set<ValueId>();
  for (const { value } of termsIn(state, definition, region)) {
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
      if (light.has(value) || !region.has(value)) continue;
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
