/** What lies behind a value, and where the search for its best form starts from. */
import { type Affine, definitionOn, type Term, type ValueId } from '../graph.ts';
import { isOnes } from '../ones.ts';
import { isPointwise } from '../operator.ts';
import { isDiagonal } from '../support.ts';
import type { PlanState } from './state.ts';

/** Values behind one value that are looked at. Linear regions are small in practice; this bounds the ones that are not. */
const maximumRegion = 48;

export interface Region {
  /** Affine values behind the value, each with everything it can be reached from. */
  readonly ancestors: ReadonlyMap<ValueId, ReadonlySet<ValueId>>;
}

export function findRegion(state: PlanState, value: ValueId, definition: Affine): Region {
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
    const between = [...region.ancestors].filter(([, behind]) => behind.has(point)).map(([id]) => id);
    keep(between);
    keep(between.filter((id) => !state.graph.values[id]!.kept)); // those that stay are not saved
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
