/** The plan of a model under options: what they leave alone, and what they keep. */
import { type Plan, planGraph, type ValueId } from '@reparam/core';
import type { Scope } from './analysis/scope.ts';
import type { ModelGraph } from './build-graph.ts';
import { findLastNorms } from './keep.ts';
import { nodeMatcher } from './names.ts';
import type { ReparameterizeOptions } from './options.ts';

/** Plans around `frozen`, to which what options keep is added. */
export function planModel(
  scope: Scope,
  modelGraph: ModelGraph,
  { keep, border }: ReparameterizeOptions,
  frozen: Set<ValueId>,
): Plan {
  for (const kept = new Set<ValueId>(); ; ) {
    const plan = planGraph(modelGraph.graph, { frozen, border });
    const norms = keep?.includes('norm') ? findLastNorms(scope, modelGraph, plan, kept) : [];
    if (norms.length === 0) return plan;
    for (const value of norms) {
      kept.add(value);
      frozen.add(value);
    }
  }
}

/** Values of nodes that `only` leaves out, or `skip` names. */
export function frozenValues(scope: Scope, { ids }: ModelGraph, { only, skip }: ReparameterizeOptions): Set<ValueId> {
  const frozen = new Set<ValueId>();
  const [included, excluded] = [only && nodeMatcher(only), nodeMatcher(skip ?? [])];
  for (const node of scope.nodes) {
    if (!excluded(node) && (!included || included(node))) continue;
    for (const name of node.outputs) if (ids.has(name)) frozen.add(ids.get(name)!);
  }
  return frozen;
}
