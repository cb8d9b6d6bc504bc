/** The graphs of a model in which operators may be fused: the main one, bodies of control flow at any depth, and called functions. */
import type { Evaluation } from '../load-evaluation.ts';
import type { OnnxModel } from '../proto/model.ts';
import type { OnnxNode } from '../proto/node.ts';
import { readScopes } from './read-scope.ts';
import type { Scope } from './scope.ts';

export interface Region {
  readonly scope: Scope;
  /** Where it is, for reports: "" for the main graph, "If_12/then_branch", "local::Block/Loop_3/body". */
  readonly place: string;
  /** The region around a body, and its node that runs the body. */
  readonly around: { readonly region: Region; readonly node: OnnxNode } | null;
  /** How often it is run for one inference, as far as the file tells: a body once, a function once for each call. */
  readonly runs: number;
}

/** Reads all regions, each behind the one around it. `shapes` settles free sizes of graph inputs. */
export function readRegions(
  model: OnnxModel,
  evaluation: Evaluation,
  shapes?: Readonly<Record<string, readonly number[]>>,
): Region[] {
  const scopes = readScopes(model, evaluation, shapes);
  return evaluation.inner?.listRegions(scopes) ?? [{ scope: scopes.main, place: '', around: null, runs: 1 }];
}
