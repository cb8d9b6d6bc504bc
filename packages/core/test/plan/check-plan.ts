/** Everything that must hold of any plan. Throws with the reason where it does not. */
import {
  type Cost,
  type Graph,
  type Plan,
  type PlanOptions,
  planGraph,
  proofTolerance,
  proveRewrite,
  type Rewrite,
  roundedTolerance,
  type ValueId,
} from '../../src/index.ts';
import { addCosts, compareCosts } from '../../src/plan/cost.ts';
import { lowerAffine } from '../../src/plan/lower.ts';
import { runAffine, runGraph, runLowering, type Sizes, type Tensor, tensorError } from '../run-graph.ts';

/** Sizes at which a graph is run: its own where it declares them, small ones of every residue where it does not. */
export function listRunSizes(seed: number): Sizes[] {
  const lists = [
    [1, 1, 1],
    [2, 1, 3],
    [3, 2, 2],
    [4, 4, 1],
    [5, 3, 4],
    [6, 7, 2],
    [7, 8, 3],
    [8, 5, 2],
    [9, 11, 1],
  ];
  const start = seed % lists.length;
  const chosen = [0, 1, 2, 4, 7].map((step) => lists[(start + step) % lists.length]!);
  return chosen.map(
    ([h, w, n]) =>
      new Map([
        ['H', h!],
        ['W', w!],
        ['T', w!],
        ['N', n!],
      ]),
  );
}

export interface PlannedGraph {
  readonly graph: Graph;
  readonly plan: Plan;
  /** The graph's values at each size where it can run. */
  readonly runs: readonly (readonly Tensor[])[];
}

export function runPlanned(graph: Graph, seed: number, options: PlanOptions = {}): PlannedGraph {
  const distinct = isStatic(graph) ? listRunSizes(seed).slice(0, 1) : listRunSizes(seed);
  const tensors = distinct.map((sizes) => runGraph(graph, sizes, seed)).filter((run) => run !== null);
  return { graph, plan: planGraph(graph, options), runs: tensors };
}

export function isStatic(graph: Graph): boolean {
  return graph.values.every((value) => value.shape.every((size) => typeof size === 'number'));
}

/** Definitions, forms and steps of every rewrite agree, and so does the proof. */
export function checkRewrites({ graph, plan, runs }: PlannedGraph): void {
  for (const rewrite of plan.rewrites) {
    const tolerance = rewrite.affine.rounded ? roundedTolerance : 1e-10;
    for (const tensors of runs) {
      const expected = tensors[rewrite.value]!;
      const form = tensorError(runAffine(rewrite.affine, tensors), expected);
      if (!(form < tolerance)) throw new Error(`form of ${describeRewrite(graph, rewrite)} differs by ${form}`);
      const steps = tensorError(runLowering(rewrite.lowering, rewrite.affine.axis, tensors), expected);
      if (!(steps < tolerance)) throw new Error(`steps of ${describeRewrite(graph, rewrite)} differ by ${steps}`);
    }
    const proof = proveRewrite({ graph, ...rewrite, absorbed: new Set(rewrite.absorbed) }, new Map());
    if (!(proof.error < (rewrite.affine.rounded ? roundedTolerance : proofTolerance))) {
      throw new Error(`the proof of ${describeRewrite(graph, rewrite)} found ${proof.error}`);
    }
  }
}

/** Who is dead, who is kept, and that nothing became dearer. */
export function checkBookkeeping({ graph, plan }: PlannedGraph, frozen: ReadonlySet<ValueId> = new Set()): void {
  const rewritten = new Set(plan.rewrites.map((rewrite) => rewrite.value));
  graph.values.forEach((value, id) => {
    if (plan.dead.has(id)) {
      if (value.kept) throw new Error(`${value.name} is kept, yet dead`);
      if (rewritten.has(id)) throw new Error(`${value.name} is dead, yet rewritten`);
      return;
    }
    if (rewritten.has(id) && frozen.has(id)) throw new Error(`${value.name} is frozen, yet rewritten`);
    for (const form of plan.forms[id]!) {
      for (const term of form.terms) {
        if (plan.dead.has(term.value))
          throw new Error(`${value.name} reads ${graph.values[term.value]!.name}, which is dead`);
        if (term.value >= id && !graph.values[term.value]!.isOnes) throw new Error(`${value.name} reads a later value`);
      }
    }
  });
  for (const rewrite of plan.rewrites) {
    if (!rewrite.absorbed.includes(rewrite.value)) throw new Error('a rewrite has not absorbed itself');
    if (rewrite.absorbed.some((id) => frozen.has(id))) throw new Error('a frozen value was absorbed');
  }
  const saved = compareCosts(totalCost(graph, null), totalCost(graph, plan));
  if (plan.rewrites.length > 0 ? saved <= 0 : saved !== 0) throw new Error('the plan saves nothing');
}

function totalCost(graph: Graph, plan: Plan | null): Cost {
  const living = plan ? plan.dead : unread(graph);
  return addCosts(
    ...graph.values.flatMap((value, id) => {
      const forms = plan ? plan.forms[id]! : value.definitions;
      if (living.has(id) || forms.length === 0) return [];
      const costs = forms.map((form) => lowerAffine(graph, id, form).cost).sort(compareCosts);
      return [costs[0]!];
    }),
  );
}

/** Values that nothing living reads. */
function unread(graph: Graph): Set<ValueId> {
  const dead = new Set<ValueId>();
  for (let id = graph.values.length - 1; id >= 0; id--) {
    const readers = graph.values.filter(
      (value, reader) =>
        !dead.has(reader) && value.definitions.some((affine) => affine.terms.some((term) => term.value === id)),
    );
    if (!graph.values[id]!.kept && readers.length === 0) dead.add(id);
  }
  return dead;
}

export function describeRewrite(graph: Graph, rewrite: Rewrite): string {
  const steps = rewrite.lowering.steps.map((step) => step.op).join(', ');
  const absorbed = rewrite.absorbed.map((id) => graph.values[id]!.name).join(', ');
  return `${graph.values[rewrite.value]!.name} (absorbed: ${absorbed}; steps: ${steps || 'none'})`;
}
