/** What options keep on purpose: the last normalization behind a product, which quantization-aware training wants to train on. */
import {
  definitionOn,
  type Graph,
  isDiagonal,
  isPointwise,
  type Plan,
  type Rewrite,
  type ValueId,
} from '@reparam/core';
import { isStandard, type Scope } from './analysis/scope.ts';
import type { ModelGraph } from './build-graph.ts';
import type { ReparameterizeOptions } from './options.ts';
import { type PlannedRegion, planAround } from './plan-region.ts';

/** A part of a block that may be kept. */
export type KeptPart = 'norm';

/**
 * Normalizations that the plan would fold into a product right before them, scales and shifts behind them aside: one for each rewrite. One
 * whose only readers are kept already is not the last. `kept` are those of earlier rounds.
 */
export function findLastNorms(scope: Scope, { graph }: ModelGraph, plan: Plan, kept: ReadonlySet<ValueId>): ValueId[] {
  const isNorm = (value: ValueId) => {
    const node = scope.producers.get(graph.values[value]!.name);
    return node?.opType === 'BatchNormalization' && isStandard(scope.model, node);
  };
  const readers = findReaders(graph);
  const isLast = (value: ValueId) => {
    return graph.values[value]!.kept || readers.get(value)?.some((reader) => !kept.has(reader)) === true;
  };
  const step = (rewrite: Rewrite, value: ValueId): ValueId | null => {
    const [term, ...others] = definitionOn(graph.values[value]!.definitions, rewrite.affine.axis)?.terms ?? [];
    if (!term || others.length > 0 || !rewrite.absorbed.includes(term.value)) return null;
    return isPointwise(term.operator) && isDiagonal(term.operator.support) ? term.value : null;
  };
  return plan.rewrites.flatMap((rewrite) => {
    if (!rewrite.lowering.steps.some((made) => 'operator' in made)) return [];
    for (let value: ValueId | null = rewrite.value; value !== null; ) {
      const before = step(rewrite, value);
      if (before !== null && isNorm(value)) return isLast(value) ? [value] : [];
      value = before;
    }
    return [];
  });
}

/** Values that read each value. */
function findReaders(graph: Graph): Map<ValueId, ValueId[]> {
  const readers = new Map<ValueId, ValueId[]>();
  graph.values.forEach(({ definitions, reads = [] }, reader) => {
    const terms = definitions[0]?.terms ?? [];
    for (const value of new Set([...terms.map((term) => term.value), ...reads])) {
      const known = readers.get(value);
      if (known) known.push(reader);
      else readers.set(value, [reader]);
    }
  });
  return readers;
}

/** Plans again around the last normalizations, until there is no new one. */
export function keepNorms(planned: PlannedRegion, border: ReparameterizeOptions['border']): PlannedRegion {
  const kept = new Set<ValueId>();
  for (let current = planned; ; ) {
    const norms = findLastNorms(current.region.scope, current.modelGraph, current.plan, kept);
    if (norms.length === 0) return current;
    for (const value of norms) kept.add(value);
    current = planAround({ ...current, frozen: new Set([...current.frozen, ...norms]) }, border);
  }
}
