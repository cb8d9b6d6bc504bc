/** The fusions of one graph. */
import { type ProofOptions, type Refusal, type Rewrite, refuse, type Scratch, type ValueId } from '@reparam/core';
import { isUnfused } from '@reparam/core/convert';
import { type FusedValue, fuseValue } from './fuse.ts';
import type { ReparameterizeOptions } from './options.ts';
import { type PlannedRegion, planAround } from './plan-region.ts';

/** A region with what was done in it. */
export interface FusedRegion extends PlannedRegion {
  readonly fused: ReadonlyMap<Rewrite, FusedValue>;
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
    current = planAround({ ...current, failed, frozen: new Set([...current.frozen, fused.value]) }, setting.border);
  }
}

/** By the moved source that they are, the first of the values of the model that are but one. */
function findCopies({ plan, modelGraph, aliases }: PlannedRegion): ReadonlyMap<ValueId, ValueId> {
  const { values } = modelGraph.graph;
  const copies = new Map<ValueId, ValueId>();
  for (const { value, lowering } of plan.rewrites) {
    const { steps, result } = lowering;
    const { name, moved } = values[value]!;
    if (steps.length > 0 || !('value' in result) || moved?.steps || aliases.has(name)) continue;
    const made = values[result.value]!.moved?.steps;
    if (made && made.length > 0 && !copies.has(result.value)) copies.set(result.value, value);
  }
  return copies;
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
    copies: findCopies(planned),
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
