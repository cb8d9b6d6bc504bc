/** The plan of one graph. */
import { type Graph, type Plan, planGraph, type Refusal, type ValueId } from '@reparam/core';
import { findAliases } from './alias.ts';
import type { Region } from './analysis/region.ts';
import type { Scope } from './analysis/scope.ts';
import { buildGraph, type ModelGraph } from './build-graph.ts';
import type { Evaluation } from './load-evaluation.ts';
import type { ReparameterizeOptions } from './options.ts';
import type { Selection } from './selection.ts';

/** A region with what is to be done in it. */
export interface PlannedRegion {
  readonly region: Region;
  readonly modelGraph: ModelGraph;
  readonly evaluation: Evaluation;
  /** Values that stay as they are: as asked, or since a fusion of them failed. */
  readonly frozen: ReadonlySet<ValueId>;
  /** Rewrites that were tried and must not be made. */
  readonly failed: ReadonlyMap<ValueId, Refusal>;
  readonly plan: Plan;
  readonly aliases: ReadonlyMap<string, string>;
}

/** What is known of the whole model. */
export interface Known {
  readonly evaluation: Evaluation;
  /** Values of each graph that a quantizer reads, at whatever distance. */
  readonly quantized: ReadonlyMap<Scope, ReadonlySet<string>> | undefined;
  /** Values that an earlier conversion has changed; all where there was none. */
  readonly touched: ReadonlySet<string> | undefined;
  /** How biases on ones of free size are written, where that is asked for. */
  readonly appendOnes?: Graph['appendOnes'];
}

export function planRegion(
  region: Region,
  { evaluation, quantized, touched, appendOnes }: Known,
  { excluded }: Selection,
  { border }: ReparameterizeOptions,
): PlannedRegion {
  const { scope } = region;
  const built = buildGraph(scope, evaluation, quantized?.get(scope));
  const modelGraph = appendOnes ? { ...built, graph: { ...built.graph, appendOnes } } : built;
  const frozen = new Set<ValueId>();
  for (const node of scope.nodes.filter((node) => excluded.has(node)))
    for (const name of node.outputs) if (modelGraph.ids.has(name)) frozen.add(modelGraph.ids.get(name)!);
  return planAround(
    { region, modelGraph, evaluation, frozen, failed: new Map() },
    border,
    touched && withMoved(modelGraph, touched),
  );
}

/** Values of these names, and movements of them or of what reads them: a movement may go back to where one of these came from. */
function withMoved({ graph }: ModelGraph, names: ReadonlySet<string>): Set<ValueId> {
  const found = new Set<ValueId>();
  const isNear = (id: ValueId) =>
    found.has(id) || graph.values[id]!.definitions.some(({ terms }) => terms.some(({ value }) => found.has(value)));
  graph.values.forEach(({ name, moved }, id) => {
    if (names.has(name) || (moved && isNear(moved.source))) found.add(id);
  });
  return found;
}

/** Plans around the values that stay as they are. */
export function planAround(
  known: Omit<PlannedRegion, 'plan' | 'aliases'>,
  border: ReparameterizeOptions['border'],
  fresh?: ReadonlySet<ValueId>,
): PlannedRegion {
  const { region, modelGraph, frozen } = known;
  const plan = planGraph(modelGraph.graph, { frozen, border, fresh });
  return { ...known, plan, aliases: findAliases(region.scope, modelGraph, plan, frozen) };
}
