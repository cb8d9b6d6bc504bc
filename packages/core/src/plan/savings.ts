/** What changes of forms would save. */
import type { Affine, ValueId } from '../graph.ts';
import { addCosts, type Cost, noCost, subtractCosts } from './cost.ts';
import { lowerAffine } from './lower.ts';
import { currentSources, type PlanState, sourcesOf } from './state.ts';

/** A value takes a form of this price that reads these values. */
export interface Change {
  readonly value: ValueId;
  readonly price: Cost;
  readonly sources: ReadonlySet<ValueId>;
}

/** Without a form, to what would be cheapest: nothing. */
export function changeTo({ graph }: PlanState, value: ValueId, affine?: Affine): Change {
  if (!affine) return { value, price: noCost, sources: new Set() };
  return { value, price: lowerAffine(graph, value, affine).cost, sources: sourcesOf(affine) };
}

/** What the model gets cheaper by when these values take these forms, values that then die included. */
export function savings(state: PlanState, changes: readonly Change[]): Cost {
  const { graph } = state;
  let saved = noCost;
  const delta = new Map<ValueId, number>();
  const change = (value: ValueId, by: number) => delta.set(value, (delta.get(value) ?? 0) + by);
  const isUnread = (value: ValueId) =>
    !graph.values[value]!.kept && state.readers[value]!.size + (delta.get(value) ?? 0) === 0;
  const [added, dropped]: [ValueId[], ValueId[]] = [[], []];
  for (const { value, price, sources } of changes) {
    saved = addCosts(saved, subtractCosts(state.prices[value]!, price));
    const before = currentSources(state, value);
    added.push(...[...sources].filter((source) => !before.has(source)));
    dropped.push(...[...before].filter((source) => !sources.has(source)));
  }
  for (let source = added.pop(); source !== undefined; source = added.pop()) {
    const isNew = isUnread(source);
    change(source, 1);
    if (!isNew) continue;
    saved = subtractCosts(saved, state.prices[source]!); // it has to be made
    added.push(...currentSources(state, source));
  }
  const died = new Set<ValueId>();
  for (let source = dropped.pop(); source !== undefined; source = dropped.pop()) {
    change(source, -1);
    if (!isUnread(source) || died.has(source)) continue;
    died.add(source);
    const changed = changes.find(({ value }) => value === source); // its new form is not needed either
    saved = addCosts(saved, changed ? changed.price : state.prices[source]!);
    dropped.push(...(changed ? changed.sources : currentSources(state, source)));
  }
  return saved;
}
