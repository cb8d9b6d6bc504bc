/** The state of a plan under way: each value's current form, and who reads whom. */

import { isZeroTerm } from '../algebra/simplify.ts';
import { type Affine, definitionOn, type Graph, type Term, type Value, type ValueId } from '../graph.ts';
import { mayWriteOnes } from '../ones.ts';
import { isIdentity, type Operator } from '../operator.ts';
import { isDiagonal } from '../support.ts';
import { type Cost, compareCosts, noCost, nominalElements } from './cost.ts';
import { lowerAffine } from './lower.ts';
import { dropZeros, onOtherAxes } from './taken-form.ts';

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
  /** Terms of the forms that are zero. All that is made of them is zero too, which the search need not find out by reading. */
  readonly zeros: Set<Term>;
  /** Number of forms replaced so far. */
  changes: number;
  /** For each value, `changes` when its form or its readers last changed. */
  readonly changedAt: number[];
  isDead(value: ValueId): boolean;
  /** Whether terms on ones may be written. */
  readonly mapsAllowed: boolean;
  /** Whether the terms on ones of a form may be written. */
  mayMap(affine: Affine): boolean;
}

export function createState(graph: Graph, frozen: ReadonlySet<ValueId>, mapsAllowed: boolean): PlanState {
  const forms = graph.values.map((value) => value.definitions);
  const terms = forms.flat().flatMap((affine) => affine.terms);
  const readers: Set<ValueId>[] = graph.values.map(() => new Set());
  const prices = forms.map((definitions, value) => cheapest(graph, value, definitions));
  const inlined = new Map<ValueId, Set<ValueId>>();
  const held = new Set(frozen);
  graph.values.forEach((own, value) => {
    if (isComputed(own)) inlined.set(value, new Set([value, own.moved!.source]));
    if (own.definitions.some((form) => frozen.has(sourceBehind(graph, own, form)!))) held.add(value);
  });
  const state: PlanState = {
    graph,
    frozen: held,
    forms,
    prices,
    readers,
    inlined,
    zeros: new Set(terms.filter((term) => isZeroTerm(term.operator))),
    changes: 0,
    changedAt: graph.values.map(() => 0),
    isDead: (value) => !graph.values[value]!.kept && readers[value]!.size === 0,
    mapsAllowed,
    mayMap: (affine) => mapsAllowed && mayWriteOnes(graph, affine),
  };
  for (let value = forms.length - 1; value >= 0; value--) {
    if (!state.isDead(value)) for (const source of currentSources(state, value)) readers[source]!.add(value);
  }
  return state;
}

/** Not in the model, and made as its definitions say. */
export function isComputed({ moved }: Value): boolean {
  return moved?.steps?.length === 0;
}

/** What a form reads. */
export function sourcesOf(affine: Affine | undefined): Set<ValueId> {
  return new Set(affine?.terms.map((term) => term.value));
}

/** Whether a value is made by moving another one, and not by the terms of its form. */
export function isMovedNode({ graph, inlined }: PlanState, value: ValueId): boolean {
  return graph.values[value]!.moved !== undefined && !inlined.has(value);
}

/** What a value reads now: the sources of its form, and for its original node whatever else that reads. */
export function currentSources(state: PlanState, value: ValueId): Set<ValueId> {
  const { reads = [] } = state.graph.values[value]!;
  if (isMovedNode(state, value)) return new Set(reads);
  const sources = sourcesOf(state.forms[value]![0]);
  if (!state.inlined.has(value)) for (const read of reads) sources.add(read);
  return sources;
}

/** A node of the model is one operator, however its form would be written. */
function cheapest(graph: Graph, value: ValueId, definitions: readonly Affine[]): Cost {
  const own = graph.values[value]!;
  if (own.moved && !isComputed(own)) return own.moved.price;
  const costs = definitions
    .filter((affine) => affine.terms.length > 0)
    .map((affine) => copyingCost(graph, value, affine) ?? lowerAffine(graph, value, affine).cost);
  const cost = costs.sort(compareCosts)[0] ?? noCost;
  if (isComputed(own)) return cost;
  return { ...cost, operators: own.pinned ? 0 : Math.min(1, cost.operators) }; // its node stays for its other outputs
}

/** A node that only chooses among what it reads copies it, however many channels there are to choose from; null for others. */
function copyingCost({ values }: Graph, value: ValueId, { terms, bias }: Affine): Cost | null {
  const [term] = terms;
  if (terms.length !== 1 || bias || !isChoice(term!.operator)) return null;
  return { macs: 0, bytes: 8 * nominalElements(values[value]!.shape), operators: 1 };
}

function isChoice(operator: Operator): boolean {
  const { kind, axes, support, weight } = operator;
  const isOnePosition = kind === 'conv' && axes.every((axis) => axis.kernel === 1);
  return isOnePosition && weight.constant === 1 && isDiagonal(support) && !isIdentity(operator);
}

export function replaceForm(state: PlanState, value: ValueId, found: Affine, absorbed: Iterable<ValueId>): void {
  const affine = dropZeros(state.graph, value, found, state.zeros);
  state.changes++;
  state.changedAt[value] = state.changes;
  const before = currentSources(state, value);
  state.prices[value] = lowerAffine(state.graph, value, affine).cost;
  const listInlined = (id: ValueId) => [...(state.inlined.get(id) ?? listAbsorbed(state.graph, id, found.axis))];
  const all = new Set([value, ...absorbed].flatMap(listInlined));
  state.inlined.set(value, all);
  state.forms[value] = [affine, ...onOtherAxes(state.graph, value, affine, all)];
  const after = sourcesOf(affine);
  for (const source of after) {
    if (!before.has(source)) state.changedAt[source] = state.changes;
    addReader(state, source, value);
  }
  const dropped = [...before].filter((source) => !after.has(source)).map((source) => ({ source, reader: value }));
  for (let drop = dropped.pop(); drop; drop = dropped.pop()) {
    const { source, reader } = drop;
    state.readers[source]!.delete(reader);
    state.changedAt[source] = state.changes;
    if (!state.isDead(source)) continue;
    for (const next of currentSources(state, source)) dropped.push({ source: next, reader: source });
  }
}

/** A value that nothing has read comes to read its own sources. */
function addReader(state: PlanState, source: ValueId, reader: ValueId): void {
  const wasDead = state.isDead(source);
  state.readers[source]!.add(reader);
  if (!wasDead) return;
  state.changedAt[source] = state.changes;
  for (const next of currentSources(state, source)) addReader(state, next, source);
}

/** A value whose form on this axis goes into another, and what it moves, where that form was made from that one's. */
function listAbsorbed(graph: Graph, value: ValueId, axis: number): ValueId[] {
  const own = graph.values[value]!;
  const form = definitionOn(own.definitions, axis);
  const source = form && sourceBehind(graph, own, form);
  if (source === undefined) return [value];
  return [value, ...own.moved!.movement.axes[axis]!.flatMap((from) => listAbsorbed(graph, source, from.axis))];
}

/** What a value moves, where a form of it reads neither that one nor another movement of it. */
function sourceBehind({ values }: Graph, { moved }: Value, { terms }: Affine): ValueId | undefined {
  const source = moved?.source;
  return terms.some(({ value }) => value === source || values[value]!.moved?.source === source) ? undefined : source;
}
