/** The state of a plan under way: each value's current form, who reads whom, and what a change would save. */
import type { Affine, Graph, ValueId } from '../graph.ts';
import { hasFixedSize } from '../ones.ts';
import { addCosts, type Cost, compareCosts, noCost, subtractCosts } from './cost.ts';
import { lowerAffine } from './lower.ts';

export interface PlanState {
  readonly graph: Graph;
  readonly frozen: ReadonlySet<ValueId>;
  /** Definitions as rewritten so far. */
  readonly forms: (readonly Affine[])[];
  /** Price of each value's current form. */
  readonly prices: Cost[];
  /** Affine values that read each value now. */
  readonly readers: Set<ValueId>[];
  /** For each rewritten value, what its form has absorbed. */
  readonly inlined: Map<ValueId, Set<ValueId>>;
  changes: number;
  isDead(value: ValueId): boolean;
  /** Whether a term on this source of ones may be written as a constant map. */
  mayMap(ones: ValueId): boolean;
}

export function createState(graph: Graph, frozen: ReadonlySet<ValueId>, mapsAllowed: boolean): PlanState {
  const forms = graph.values.map((value) => value.definitions);
  const readers: Set<ValueId>[] = graph.values.map(() => new Set());
  const prices = forms.map((definitions, value) => cheapest(graph, value, definitions));
  const state: PlanState = {
    graph,
    frozen,
    forms,
    prices,
    readers,
    inlined: new Map(),
    changes: 0,
    isDead: (value) => !graph.values[value]!.kept && readers[value]!.size === 0,
    mayMap: (ones) => mapsAllowed && hasFixedSize(graph.values[ones]!),
  };
  for (let value = forms.length - 1; value >= 0; value--) {
    if (!state.isDead(value)) for (const source of currentSources(state, value)) readers[source]!.add(value);
  }
  return state;
}

/** A value has the same sources on every axis. */
function sourcesOf(definitions: readonly Affine[]): Set<ValueId> {
  return new Set(definitions[0]?.terms.map((term) => term.value));
}

/** What a value reads now: the sources of its form, and for its original node whatever else that reads. */
function currentSources({ graph, forms, inlined }: PlanState, value: ValueId): Set<ValueId> {
  const sources = sourcesOf(forms[value]!);
  if (!inlined.has(value)) for (const read of graph.values[value]!.reads ?? []) sources.add(read);
  return sources;
}

function cheapest(graph: Graph, value: ValueId, definitions: readonly Affine[]): Cost {
  const costs = definitions
    .filter((affine) => affine.terms.length > 0)
    .map((affine) => lowerAffine(graph, value, affine).cost);
  const cost = costs.sort(compareCosts)[0] ?? noCost;
  return graph.values[value]!.pinned ? { ...cost, operators: 0 } : cost; // its node stays for its other outputs
}

/** What the model gets cheaper by when these values take these forms, values that then die included. */
export function savings(state: PlanState, changes: readonly { value: ValueId; affine: Affine }[]): Cost {
  const { graph } = state;
  let saved = noCost;
  const delta = new Map<ValueId, number>();
  const change = (value: ValueId, by: number) => delta.set(value, (delta.get(value) ?? 0) + by);
  const dropped: ValueId[] = [];
  for (const { value, affine } of changes) {
    saved = addCosts(saved, subtractCosts(state.prices[value]!, lowerAffine(graph, value, affine).cost));
    for (const source of sourcesOf([affine])) change(source, 1);
    for (const source of currentSources(state, value)) dropped.push(source);
  }
  const died = new Set<ValueId>();
  for (let source = dropped.pop(); source !== undefined; source = dropped.pop()) {
    change(source, -1);
    const left = state.readers[source]!.size + delta.get(source)!;
    if (left > 0 || graph.values[source]!.kept || died.has(source)) continue;
    died.add(source);
    const changed = changes.find(({ value }) => value === source); // its new form is not needed either
    saved = addCosts(saved, changed ? lowerAffine(graph, source, changed.affine).cost : state.prices[source]!);
    dropped.push(...(changed ? sourcesOf([changed.affine]) : currentSources(state, source)));
  }
  return saved;
}

export function replaceForm(state: PlanState, value: ValueId, affine: Affine, absorbed: Iterable<ValueId>): void {
  const before = currentSources(state, value);
  state.forms[value] = [affine];
  state.prices[value] = lowerAffine(state.graph, value, affine).cost;
  const all = state.inlined.get(value) ?? new Set([value]);
  for (const other of absorbed) for (const inner of state.inlined.get(other) ?? [other]) all.add(inner);
  state.inlined.set(value, all);
  for (const source of sourcesOf([affine])) state.readers[source]!.add(value);
  const after = sourcesOf([affine]);
  const dropped = [...before].filter((source) => !after.has(source)).map((source) => ({ source, reader: value }));
  for (let drop = dropped.pop(); drop; drop = dropped.pop()) {
    const { source, reader } = drop;
    state.readers[source]!.delete(reader);
    if (!state.isDead(source)) continue;
    for (const next of currentSources(state, source)) dropped.push({ source: next, reader: source });
  }
  state.changes++;
}
