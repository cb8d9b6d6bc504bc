/** The conversion of one graph: its plan, and the fusions it leads to. */

import type { ProofOptions, Scratch, ValueId } from '@reparam/core';
import { type Plan, planGraph, type Refusal, type Rewrite, refuse } from '@reparam/core';
import { isUnfused } from '@reparam/core/convert';
import { findAliases } from './alias.ts';
import type { Region } from './analysis/region.ts';
import type { Scope } from './analysis/scope.ts';
import { buildGraph, type ModelGraph } from './build-graph.ts';
import { type FusedValue, fuseValue } from './fuse.ts';
import { findLastNorms } from './keep.ts';
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

/** A region with what was done in it. */
export interface FusedRegion extends PlannedRegion {
  readonly fused: ReadonlyMap<Rewrite, FusedValue>;
}

/** What is known of the whole model. */
export interface Known {
  readonly evaluation: Evaluation;
  /** Values of each graph that a quantizer reads, at whatever distance. */
  readonly quantized: ReadonlyMap<Scope, ReadonlySet<string>> | undefined;
  /** Values that an earlier conversion has changed; all where there was none. */
  readonly touched: ReadonlySet<string> | undefined;
}

export function planRegion(
  region: Region,
  { evaluation, quantized, touched }: Known,
  { excluded }: Selection,
  { border, keep }: ReparameterizeOptions,
): PlannedRegion {
  const { scope } = region;
  const modelGraph = buildGraph(scope, evaluation, quantized?.get(scope));
  const frozen = new Set<ValueId>();
  for (const node of scope.nodes.filter((node) => excluded.has(node)))
    for (const name of node.outputs) if (modelGraph.ids.has(name)) frozen.add(modelGraph.ids.get(name)!);
  const known = { region, modelGraph, evaluation, frozen, failed: new Map() };
  const planned = withPlan(known, border, touched && withMoved(modelGraph, touched));
  return keep?.includes('norm') ? keepNorms(planned, border) : planned;
}

/** Values of these names, and movements of them. */
function withMoved({ graph }: ModelGraph, names: ReadonlySet<string>): Set<ValueId> {
  const found = new Set<ValueId>();
  graph.values.forEach(({ name, moved }, id) => {
    if (names.has(name) || (moved && found.has(moved.source))) found.add(id);
  });
  return found;
}

/** Plans again around the last normalizations, until there is no new one. */
function keepNorms(planned: PlannedRegion, border: ReparameterizeOptions['border']): PlannedRegion {
  const kept = new Set<ValueId>();
  for (let current = planned; ; ) {
    const norms = findLastNorms(current.region.scope, current.modelGraph, current.plan, kept);
    if (norms.length === 0) return current;
    for (const value of norms) kept.add(value);
    current = withPlan({ ...current, frozen: new Set([...current.frozen, ...norms]) }, border);
  }
}

function withPlan(
  known: Omit<PlannedRegion, 'plan' | 'aliases'>,
  border: ReparameterizeOptions['border'],
  fresh?: ReadonlySet<ValueId>,
): PlannedRegion {
  const { region, modelGraph, frozen } = known;
  const plan = planGraph(modelGraph.graph, { frozen, border, fresh });
  return { ...known, plan, aliases: findAliases(region.scope, modelGraph, plan, frozen) };
}

/** What fusing goes by, whatever the region. */
export interface FuseSetting {
  readonly border: ReparameterizeOptions['border'];
  readonly proof: ProofOptions;
  readonly scratch: Scratch;
  /** Names that are taken; new ones are added. */
  readonly names: Set<string>;
  /** Called before each fusion. */
  onFusion(): unknown;
}

/** Makes the fusions, in order. What turns out not to be possible is planned again without. */
export async function fuseRegion(planned: PlannedRegion, setting: FuseSetting): Promise<FusedRegion> {
  for (let current = planned; ; ) {
    const fused = await fuseAll(current, setting);
    if (fused instanceof Map) return { ...current, fused };
    const failed = new Map([...current.failed, [fused.value, fused.refusal]]);
    current = withPlan({ ...current, failed, frozen: new Set([...current.frozen, fused.value]) }, setting.border);
  }
}

interface Failed {
  readonly value: ValueId;
  readonly refusal: Refusal;
}

async function fuseAll(planned: PlannedRegion, setting: FuseSetting): Promise<Map<Rewrite, FusedValue> | Failed> {
  const { region, plan, aliases } = planned;
  const { graph } = planned.modelGraph;
  const { scope } = region;
  const nameOf = (value: ValueId) => aliases.get(graph.values[value]!.name) ?? graph.values[value]!.name;
  const { proof, scratch } = setting;
  const added = new Set<string>();
  const names = {
    has: (name: string) => added.has(name) || setting.names.has(name),
    add: (name: string) => added.add(name),
  };
  const movedNames = new Map<ValueId, string>();
  const facts = { opset: scope.opset, names };
  const context = {
    scope,
    graph,
    facts,
    aliases,
    proof,
    scratch,
    movedNames,
    writeMovement: planned.evaluation.writeMovement,
    nameOf,
  };
  const fused = new Map<Rewrite, FusedValue>();
  for (const rewrite of plan.rewrites) {
    await setting.onFusion();
    try {
      fused.set(rewrite, await fuseValue(rewrite, context));
    } catch (error) {
      if (!isUnfused(error)) throw error;
      const hint = error.hint ?? 'nothing to do: it stays as it is';
      return { value: rewrite.value, refusal: refuse(error.code, error.message, hint) };
    }
  }
  for (const name of added) setting.names.add(name);
  return fused;
}
