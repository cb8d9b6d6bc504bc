/** The conversion of one view: graph, plan, fusions, and the edits they make. */
import { type Plan, planGraph, type Refusal, type Rewrite, refuse, type ValueId } from '@reparam/core';
import {
  carryOut,
  createScratch,
  isUnfused,
  type ReparameterizeOptions,
  scratchCapacity,
  throwIfAborted,
} from '@reparam/core/convert';
import { buildGraph, type ViewGraph } from './build-graph.ts';
import { describeView, type ViewReport } from './describe.ts';
import { buildEdits, type FusedValue } from './edits.ts';
import { findAliases } from './find-aliases.ts';
import { findUnread } from './find-unread.ts';
import { modelValue } from './model-value.ts';
import type { ModelNode, ModelView, ViewEdits } from './model-view.ts';
import { readNames } from './read-names.ts';
import type { Selection } from './selection.ts';

export interface TransformedView {
  readonly edits: ViewEdits;
  readonly report: ViewReport;
}

export async function transformView(
  view: ModelView,
  { excluded }: Selection,
  options: ReparameterizeOptions,
  made: ReadonlySet<string>,
): Promise<TransformedView> {
  const unread = new Set<string>();
  let viewGraph = buildGraph(view);
  const isLeftAlone = (node: ModelNode) => excluded.has(node) || view.isBound(node);
  const frozen = frozenValues(view, viewGraph, isLeftAlone);
  const { border } = options;
  const failed = new Map<ValueId, Refusal>();
  for (;;) {
    const plan = planGraph(viewGraph.graph, { frozen, border });
    const found = findUnread(view, viewGraph, plan);
    if (found.size > 0) {
      for (const name of found) unread.add(name);
      viewGraph = buildGraph(view, unread);
      continue; // nothing is made for operators that go
    }
    await options.onProgress?.({ stage: 'plan', done: 1, total: 1 });
    const aliases = findAliases(view, viewGraph, plan, frozen);
    const fused = await fuseAll({ view, viewGraph, plan, aliases, failed, isLeftAlone }, options);
    for (const value of failed.keys()) frozen.add(value);
    if (!fused) continue; // something cannot be made: plan again without it
    const edits = buildEdits(view, viewGraph, fused, aliases);
    return { edits, report: describeView({ view, viewGraph, plan, fused, edits, frozen, border, failed, made }) };
  }
}

export interface Planned {
  readonly view: ModelView;
  readonly viewGraph: ViewGraph;
  readonly plan: Plan;
  readonly aliases: ReadonlyMap<string, string>;
  /** Rewrites that turn out not to be possible are added. */
  readonly failed: Map<ValueId, Refusal>;
  readonly isLeftAlone: (node: ModelNode) => boolean;
}

/** Fuses in order; null where a rewrite must not be made, which is then noted. */
async function fuseAll(planned: Planned, options: ReparameterizeOptions): Promise<Map<Rewrite, FusedValue> | null> {
  const { view, plan, aliases, isLeftAlone } = planned;
  const { graph } = planned.viewGraph;
  const channels = options.proof === 'full' ? Number.POSITIVE_INFINITY : options.proof;
  const proof = { channels, seed: options.seed ?? 0 };
  const context = { graph, proof, scratch: createScratch(scratchCapacity([plan])) };
  const shapeOf = (value: number) => graph.values[value]!.shape;
  const names = readNames(planned);
  const shared = namesReadByPlan(planned);
  const fused = new Map<Rewrite, FusedValue>();
  for (const rewrite of plan.rewrites) {
    throwIfAborted(options);
    const { moved } = graph.values[rewrite.value]!;
    const { name } = modelValue(graph, rewrite.value);
    const { steps, result } = rewrite.lowering;
    const isInFront = moved?.steps !== undefined;
    const isAlias = !isInFront && aliases.has(name);
    try {
      const value = await carryOut(rewrite, context, (memo) =>
        isAlias
          ? { parts: [], absorbed: [], rounding: 0 }
          : view.write({
              name,
              isInFront,
              isShared: shared.has(name),
              steps,
              ...names,
              shapeOf,
              memo,
              result,
              isLeftAlone,
            }),
      );
      if (isInFront) names.rename(rewrite.value, value.parts.at(-1)!.output);
      fused.set(rewrite, value);
    } catch (error) {
      if (!isUnfused(error)) throw error;
      planned.failed.set(rewrite.value, refuse(error.code, error.message, error.hint ?? ''));
      return null;
    }
    await options.onProgress?.({ stage: 'fuse', done: fused.size, total: plan.rewrites.length });
  }
  return fused;
}

/** Names of values that stand for others, and of those that are read to make others. */
function namesReadByPlan({ viewGraph: { graph }, plan, aliases }: Planned): Set<string> {
  const names = new Set(aliases.values());
  for (const { value, affine } of plan.rewrites) {
    const own = modelValue(graph, value);
    for (const term of affine.terms) {
      const read = modelValue(graph, term.value);
      if (read !== own) names.add(read.name); // what is made in front of a value is made for it alone
    }
  }
  return names;
}

function frozenValues(view: ModelView, { ids }: ViewGraph, isLeftAlone: (node: ModelNode) => boolean): Set<ValueId> {
  const frozen = new Set<ValueId>();
  for (const node of view.nodes) {
    if (!isLeftAlone(node)) continue;
    for (const name of node.outputs) if (ids.has(name)) frozen.add(ids.get(name)!);
  }
  return frozen;
}
