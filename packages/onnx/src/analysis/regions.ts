/** The graphs of a model in which operators may be fused: the main one, bodies of control flow at any depth, and called functions. */
import type { Evaluation } from '../load-evaluation.ts';
import type { OnnxModel } from '../proto/model.ts';
import { type OnnxNode, qualifiedName } from '../proto/node.ts';
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

/** Reads all regions, each behind the one around it. `shapes` overrides the sizes of graph inputs. */
export function readRegions(
  model: OnnxModel,
  evaluation: Evaluation,
  shapes?: Readonly<Record<string, readonly number[]>>,
): Region[] {
  const { main, functions } = readScopes(model, evaluation, shapes);
  const scopes = new Map([...functions].map(([{ name }, scope]) => [name, scope]));
  const runs = countRuns(main, scopes);
  return [
    ...withBodies({ scope: main, place: '', around: null, runs: 1 }),
    ...[...scopes].flatMap(([name, scope]) => withBodies({ scope, place: name, around: null, runs: runs.get(name)! })),
  ];
}

function withBodies(region: Region): Region[] {
  const inner = region.scope.bodies.flatMap(({ node, role, scope }) => {
    const place = [region.place, node.name || node.outputs[0] || node.opType, role].filter((part) => part !== '');
    return withBodies({ scope, place: place.join('/'), around: { region, node }, runs: region.runs });
  });
  return [region, ...inner];
}

/** How often each function is run, through calls of other functions too. They do not call themselves: then none is read. */
function countRuns(main: Scope, functions: ReadonlyMap<string, Scope>): ReadonlyMap<string, number> {
  const callers = [...functions].map(([name, scope]) => ({ name, calls: countCalls(scope) }));
  const direct = countCalls(main);
  const runs = new Map<string, number>();
  const count = (name: string): number => {
    let sum = runs.get(name);
    if (sum === undefined) {
      sum = direct.get(name) ?? 0;
      for (const caller of callers) sum += caller.calls.has(name) ? caller.calls.get(name)! * count(caller.name) : 0;
      runs.set(name, sum);
    }
    return sum;
  };
  for (const name of functions.keys()) count(name);
  return runs;
}

/** Nodes of each function's or operator's name, in the graph and the bodies in it. */
function countCalls({ nodes, bodies }: Scope, counts: Map<string, number> = new Map()): ReadonlyMap<string, number> {
  for (const node of nodes) counts.set(qualifiedName(node), (counts.get(qualifiedName(node)) ?? 0) + 1);
  for (const { scope } of bodies) countCalls(scope, counts);
  return counts;
}
