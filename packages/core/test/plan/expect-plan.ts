/** The claims that every structure must meet, beside its own counts. */
import { expect } from 'vitest';
import {
  type Graph,
  type Operator,
  type Plan,
  type PlanOptions,
  planGraph,
  proveRewrite,
  roundedTolerance,
} from '../../src/index.ts';
import { explainPlan } from '../../src/plan/explain.ts';
import type { GraphBuilder } from '../graph-builder.ts';
import { rewriteGraph } from '../rewritten-graph.ts';
import { checkBookkeeping, checkRewrites, describeRewrite, isStatic, runPlanned } from './check-plan.ts';

export interface Fused {
  readonly plan: Plan;
  /** The operators each rewrite is written with, in order. */
  readonly steps: readonly (readonly string[])[];
  /** Convolutions, dense layers and transposed convolutions among them. */
  readonly products: readonly { readonly operator: Operator; readonly groups: number }[];
  /** Values that are computed after the plan, sources aside. */
  readonly left: number;
  /** Why the terms that are left were not merged. */
  readonly refusals: readonly string[];
}

/**
 * Plans the graph, and checks that the new forms and steps compute the same as the old definitions, that the proof finds an error below
 * 1e-10, that costs went down, and that a second plan changes nothing.
 */
export function fuse(builder: GraphBuilder, options: PlanOptions = {}): Fused {
  const graph = builder.build();
  const planned = runPlanned(graph, 1, options);
  expect(planned.runs.length).toBeGreaterThan(isStatic(graph) ? 0 : 1);
  checkRewrites(planned);
  checkBookkeeping(planned);
  const { plan } = planned;
  if (options.border !== 'repair') expectNothingLeft(graph, plan);
  for (const rewrite of plan.rewrites) {
    const proof = proveRewrite({ graph, ...rewrite, absorbed: new Set(rewrite.absorbed) }, new Map());
    expect(proof.error).toBeLessThan(rewrite.affine.rounded ? roundedTolerance : 1e-10);
    expect(proof.channels).toBe(Math.min(32, proof.totalChannels));
  }
  const lowered = plan.rewrites.map((rewrite) => rewrite.lowering.steps);
  return {
    plan,
    steps: lowered.map((steps) => steps.map((step) => step.op)),
    products: lowered.flat().filter((step) => 'operator' in step),
    left: graph.values.filter((value, id) => value.definitions.length > 0 && !plan.dead.has(id)).length,
    refusals: explainPlan(graph, plan, options).map((unfused) => unfused.refusal.reason),
  };
}

function expectNothingLeft(graph: Graph, plan: Plan): void {
  const rewritten = rewriteGraph(graph, plan);
  expect(planGraph(rewritten).rewrites.map((rewrite) => describeRewrite(rewritten, rewrite))).toEqual([]);
}

/** Kernel of each product of a plan, as [kernel, padBegin, padEnd] per axis. */
export function windowsOf({ products }: Fused): number[][][] {
  return products.map(({ operator }) => operator.axes.map((axis) => [axis.kernel, axis.padBegin, axis.padEnd]));
}
