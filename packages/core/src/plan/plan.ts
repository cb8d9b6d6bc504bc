/**
 * The plan: which values are rewritten, and into what. A candidate is one value rewritten whole (some values inlined, terms collected)
 * and only its final form is priced; it is taken if strictly cheaper. In topological order, to a fixed point.
 */
import type { Affine, Graph, ValueId } from '../graph.ts';
import { isPointwise } from '../operator.ts';
import { isDiagonal } from '../support.ts';
import { isGain } from './cost.ts';
import { lowerAffine } from './lower.ts';
import { isAsBefore } from './region.ts';
import { type Change, changeTo, savings } from './savings.ts';
import { bestForm, type Form } from './search.ts';
import { createState, isMovedNode, type PlanState, replaceForm } from './state.ts';
import type { Lowering } from './step.ts';

/** A value to be written anew. */
export interface Rewrite {
  readonly value: ValueId;
  readonly affine: Affine;
  readonly lowering: Lowering;
  /** Values whose definitions went into it, itself included. */
  readonly absorbed: readonly ValueId[];
}

export interface Plan {
  /** In topological order. */
  readonly rewrites: readonly Rewrite[];
  /** Definitions by value after the plan. */
  readonly forms: readonly (readonly Affine[])[];
  /** Values that nothing reads any more. */
  readonly dead: ReadonlySet<ValueId>;
}

export interface PlanOptions {
  /** Values that may not be rewritten or inlined. */
  readonly frozen?: ReadonlySet<ValueId>;
  /** Values that are new since an earlier plan, or read by others: the search looks near these alone. All where absent. */
  readonly fresh?: ReadonlySet<ValueId> | undefined;
  /** `repair`: a bias that padding reads may become a constant map or, at free sizes and with `Graph.appendOnes`, a channel of ones, where that is cheaper. Default `exact`. */
  readonly border?: 'exact' | 'repair' | undefined;
}

const maximumRounds = 8;

export function planGraph(graph: Graph, options: PlanOptions = {}): Plan {
  const state = createState(graph, options.frozen ?? new Set(), options.border === 'repair');
  const seenAt = options.fresh ? markChanged(state, options.fresh) : NEVER;
  const rewrite = whereNew(state, seenAt, rewriteValue, (value) => [value]);
  const eliminate = whereNew(state, seenAt, eliminateValue, (value) => readersOfReaders(state, value));
  for (let round = 0; round < maximumRounds; round++) {
    const before = state.changes;
    for (let value = 0; value < graph.values.length; value++) {
      rewrite(value);
      graph.values[value]!.twin?.use(state, value); // which depends on who reads what else
    }
    for (let value = 0; value < graph.values.length; value++) eliminate(value);
    if (state.changes === before) break;
  }
  return readPlan(state);
}

/** What elimination may rewrite. */
function readersOfReaders({ readers }: PlanState, value: ValueId): ValueId[] {
  const direct = [...readers[value]!];
  return [...direct, ...direct.flatMap((reader) => [...readers[reader]!])];
}

const NEVER = -1;

/** Counts the values as changed, and returns when all others were seen. Those that read a movement which may have lost its form count too. */
function markChanged(state: PlanState, values: Iterable<ValueId>): number {
  const before = state.changes++;
  for (const value of values) {
    const isFormless = state.graph.values[value]!.moved !== undefined && state.forms[value]!.length === 0;
    for (const changed of isFormless ? [value, ...state.readers[value]!] : [value])
      state.changedAt[changed] = state.changes;
  }
  return before;
}

/** The step, but not again on a value where nothing that it looks at has changed since. */
function whereNew(
  state: PlanState,
  start: number,
  step: (state: PlanState, value: ValueId) => void,
  subjects: (value: ValueId) => readonly ValueId[],
): (value: ValueId) => void {
  const seenAt = state.graph.values.map(() => start);
  return (value) => {
    const before = seenAt[value]!;
    if (before !== NEVER && subjects(value).every((subject) => isAsBefore(state, subject, before))) return;
    seenAt[value] = state.changes;
    step(state, value);
  };
}

function rewriteValue(state: PlanState, value: ValueId): void {
  if (state.isDead(value) || isFixed(state, value)) return;
  const best = bestForm(state, value);
  if (best) replaceForm(state, value, best.affine, best.inlined);
}

function isFixed(state: PlanState, value: ValueId): boolean {
  const { pinned, moved } = state.graph.values[value]!;
  return state.frozen.has(value) || pinned === true || (moved?.steps?.length ?? 0) > 0;
}

/** Whether a reader has a form, which reads the value by a term, or is made by a node that moves it. */
function isRewritable(state: PlanState, reader: ValueId, value: ValueId): boolean {
  const forms = state.forms[reader]!;
  if (isMovedNode(state, reader)) return forms.length > 0;
  return forms.some((form) => form.terms.some((term) => term.value === value));
}

/** A value that several affine values read goes where all of them do better without it together, or those that alone read them. */
function eliminateValue(state: PlanState, value: ValueId): void {
  const readers = [...state.readers[value]!];
  if (readers.length < 2 || state.graph.values[value]!.kept || state.forms[value]!.length === 0) return;
  if (state.frozen.has(value) || !readers.every((reader) => mayRewrite(state, reader, value))) return;
  const alone = readers.map((reader): Wish => [reader, [value]]);
  if (rewriteTogether(state, alone) || !isPerChannel(state, value)) return;
  const further = readers.map((reader, place): Wish => {
    const next = onlyReader(state, reader);
    return next === null ? alone[place]! : [next, [value, reader]];
  });
  rewriteTogether(state, further);
}

function mayRewrite(state: PlanState, reader: ValueId, value: ValueId): boolean {
  return !isFixed(state, reader) && isRewritable(state, reader, value);
}

/** Made by scales and shifts alone: those that read it may each need a bias, which what reads them has. */
function isPerChannel({ forms }: PlanState, value: ValueId): boolean {
  return forms[value]!.every(({ terms }) =>
    terms.every(({ operator }) => isPointwise(operator) && isDiagonal(operator.support)),
  );
}

/** The one value that reads another, if it can be rewritten without it. */
function onlyReader(state: PlanState, value: ValueId): ValueId | null {
  const [reader, ...others] = state.readers[value]!;
  if (reader === undefined || others.length > 0 || state.graph.values[value]!.kept) return null;
  return mayRewrite(state, reader, value) ? reader : null;
}

/** A value to rewrite, and those that it is to do without. */
type Wish = readonly [ValueId, readonly ValueId[]];

/** Rewrites each target without some values, if that is cheaper for all of them together. */
function rewriteTogether(state: PlanState, wishes: readonly Wish[]): boolean {
  const targets = new Map<ValueId, Set<ValueId>>();
  for (const [target, without] of wishes) targets.set(target, new Set([...(targets.get(target) ?? []), ...without]));
  const changes = new Map<ValueId, Change & { form?: Form }>();
  for (const value of targets.keys()) changes.set(value, changeTo(state, value));
  for (const [value, without] of targets) {
    const form = bestForm(state, value, without);
    if (!form || form.affine.terms.some((term) => without.has(term.value))) return false;
    changes.set(value, { ...changeTo(state, value, form.affine), form });
    if (!isGain(savings(state, [...changes.values()]))) return false; // not even if the others go for nothing
  }
  for (const { value, form } of changes.values()) {
    if (!state.isDead(value)) replaceForm(state, value, form!.affine, form!.inlined); // another's new form may not need it
  }
  return true;
}

function readPlan(state: PlanState): Plan {
  const { graph, forms } = state;
  const rewrites: Rewrite[] = [];
  const dead = new Set<ValueId>();
  graph.values.forEach((_, value) => {
    if (state.isDead(value)) dead.add(value);
    const inlined = state.inlined.get(value);
    if (!inlined || state.isDead(value)) return;
    const affine = forms[value]![0]!;
    rewrites.push({
      value,
      affine,
      lowering: lowerAffine(graph, value, affine),
      absorbed: [...inlined].sort((a, b) => a - b),
    });
  });
  return { rewrites, forms, dead };
}
