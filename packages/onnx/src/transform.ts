/** The conversion: scope, graph, plan, fusions, and the patch they make. */
import {
  createScratch,
  type Plan,
  type Refusal,
  type RefusalReason,
  ReparamError,
  type Rewrite,
  refuse,
  type ValueId,
} from '@reparam/core';
import { findAliases } from './alias.ts';
import { assumeSizes } from './amounts.ts';
import type { Scope } from './analysis/scope.ts';
import { type AnalyzedModel, analyzeModel } from './analyze-model.ts';
import type { ModelGraph } from './build-graph.ts';
import { type Conversion, describeFusions, describeRefusals, summarizeModels } from './describe.ts';
import { type FusedValue, fuseValue } from './fuse.ts';
import { type ReparameterizeOptions, throwIfAborted } from './options.ts';
import { buildPatch } from './patch.ts';
import { frozenValues, planModel } from './plan-model.ts';
import type { OnnxModel } from './proto/model.ts';
import type { ModelPatch } from './proto/write.ts';
import type { Report } from './report.ts';
import { takenNames } from './taken-names.ts';

export interface Transformed {
  readonly patch: ModelPatch;
  /** Complete but for the size of the new file. */
  readonly report: Report;
}

export async function transformModel(model: OnnxModel, options: ReparameterizeOptions): Promise<Transformed> {
  const { scope, modelGraph, evaluation } = await analyzeModel(model, options.shapes);
  const frozen = frozenValues(scope, modelGraph, options);
  const { border } = options;
  const failed = new Map<ValueId, Refusal>();
  for (;;) {
    const plan = planModel(scope, modelGraph, options, frozen);
    await options.onProgress?.({ stage: 'plan', done: 1, total: 1 });
    const aliases = findAliases(scope, modelGraph, plan, frozen);
    const fused = await fuseAll({ scope, modelGraph, evaluation, plan, aliases, failed }, options);
    for (const value of failed.keys()) frozen.add(value);
    if (!fused) continue; // something cannot be made: plan again without it
    const { patch, removed } = buildPatch(scope, modelGraph, fused, aliases);
    const assumed = assumeSizes(scope);
    return {
      patch,
      report: describe({ scope, modelGraph, plan, fused, aliases, removed, frozen, border, failed, assumed }),
    };
  }
}

function describe(conversion: Conversion): Report {
  const { model, opset } = conversion.scope;
  const fusions = describeFusions(conversion);
  return {
    fusions,
    refusals: describeRefusals(conversion),
    ...summarizeModels(conversion, fusions),
    assumedSizes: conversion.assumed,
    producer: model.producer,
    opset,
  };
}

interface Planned extends AnalyzedModel {
  readonly plan: Plan;
  readonly aliases: ReadonlyMap<string, string>;
  /** Rewrites that turn out not to be possible are added. */
  readonly failed: Map<ValueId, Refusal>;
}

/** Fuses in order; null where a rewrite must not be made, which is then noted. */
async function fuseAll(planned: Planned, options: ReparameterizeOptions): Promise<Map<Rewrite, FusedValue> | null> {
  const { scope, plan, aliases } = planned;
  const { graph } = planned.modelGraph;
  const facts = { opset: scope.opset, names: takenNames(scope) };
  const nameOf = (value: ValueId) => aliases.get(graph.values[value]!.name) ?? graph.values[value]!.name;
  const channels = options.proof === 'full' ? Number.POSITIVE_INFINITY : (options.proof ?? 32);
  const proof = { channels, seed: options.seed ?? 0 };
  const context = {
    scope,
    graph,
    facts,
    aliases,
    proof,
    scratch: createScratch(scratchCapacity(plan)),
    movedNames: new Map<ValueId, string>(),
    writeMovement: planned.evaluation.writeMovement,
    nameOf,
  };
  const fused = new Map<Rewrite, FusedValue>();
  for (const rewrite of plan.rewrites) {
    throwIfAborted(options);
    try {
      fused.set(rewrite, await fuseValue(rewrite, context));
    } catch (error) {
      if (!(error instanceof ReparamError) || !UNFUSED.has(error.code)) throw error;
      planned.failed.set(rewrite.value, refuse(error.code as RefusalReason, error.message, error.hint ?? ''));
      return null;
    }
    await options.onProgress?.({ stage: 'fuse', done: fused.size, total: plan.rewrites.length });
  }
  return fused;
}

/** Room for the largest new weight twice, since it may be made in parts; at most 512 MiB. */
function scratchCapacity(plan: Plan): number {
  const steps = plan.rewrites.flatMap(({ lowering }) => lowering.steps);
  const largest = steps.reduce(
    (most, step) => ('operator' in step ? Math.max(most, step.operator.weight.length) : most),
    0,
  );
  return Math.min(2 * largest, 2 ** 26);
}

/** Codes of errors that only mean: leave these nodes as they are. */
const UNFUSED: ReadonlySet<string> = new Set<RefusalReason>([
  'proof-failed',
  'overflow',
  'not-a-number',
  'not-implemented',
]);
