/** Why the terms of a sum that is left were not collected into fewer. */
import { explainAdd } from '../algebra/add.ts';
import { definitionOn, type Graph, spatialSizes, type Term, type ValueId } from '../graph.ts';
import { isOnes } from '../ones.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import { inlineTerm } from './affine.ts';
import type { Plan } from './plan.ts';

/** What one term can become, by inlining, is looked at no further than this. */
const MOST_FORMS = 24;
/** Values that a message names. */
const MOST_NAMES = 3;

/** The reason for the first two terms that meet at one value; where none do, that they read different ones. */
export function explainSum(graph: Graph, plan: Plan, axis: number, terms: readonly Term[]): Refusal {
  const branches = terms.map((term) => expandTerm(graph, plan, axis, term));
  let found: Refusal | null = null;
  for (const [index, branch] of branches.entries()) {
    for (const other of branches.slice(index + 1)) {
      const met = meet(graph, axis, branch, other);
      if (met && met.reason !== 'costlier') return met;
      found ??= met;
    }
  }
  return found ?? differentInputs(graph, branches);
}

/** The term, and what it becomes as definitions are put in place of what it reads. */
function expandTerm(graph: Graph, plan: Plan, axis: number, term: Term): Term[] {
  const found = [term];
  for (let next = 0; next < found.length && found.length < MOST_FORMS; next++) {
    const form = definitionOn(plan.forms[found[next]!.value]!, axis);
    const inlined = form && inlineTerm(graph, found[next]!, form);
    if (!inlined || isRefusal(inlined)) continue;
    found.push(...inlined.terms.filter(({ value }) => !isOnes(graph, value)));
  }
  return found;
}

/** Why operators of two branches on one value do not add up; null where the branches have no value in common. */
function meet(graph: Graph, axis: number, branch: readonly Term[], other: readonly Term[]): Refusal | null {
  for (const first of branch) {
    const second = other.find(({ value }) => value === first.value);
    if (!second) continue;
    const sum = explainAdd([first.operator, second.operator], spatialSizes(graph.values[first.value]!.shape, axis));
    if (isRefusal(sum)) return sum;
    return refuse(
      'costlier',
      'its branches are one operator together, but that takes as many multiply-adds or more',
      'nothing to do: the model is cheaper as it is',
    );
  }
  return null;
}

function differentInputs(graph: Graph, branches: readonly (readonly Term[])[]): Refusal {
  const roots = new Set(branches.map((branch) => branch.at(-1)!.value));
  const names = [...roots].slice(0, MOST_NAMES).map((root) => nameOf(graph, root));
  if (roots.size > MOST_NAMES) names.push('others');
  return refuse(
    'different-inputs',
    `its branches start from different values: ${names.join(', ')}`,
    'nothing at conversion: operators add up only on one value, so a branch must have no activation of its own',
  );
}

function nameOf({ values }: Graph, id: ValueId): string {
  const { origin, name } = values[id]!;
  return `"${origin} ${name}"`;
}
