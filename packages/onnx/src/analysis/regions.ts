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
  const callsIn = (scope: Scope, name: string): number =>
    scope.nodes.filter((node) => qualifiedName(node) === name).length +
    scope.bodies.reduce((sum, body) => sum + callsIn(body.scope, name), 0);
  const runs = new Map<string, number>();
  const count = (name: string): number => {
    let sum = runs.get(name) ?? callsIn(main, name);
    if (!runs.has(name)) {
      for (const [caller, scope] of functions) {
        const calls = callsIn(scope, name);
        if (calls > 0) sum += calls * count(caller);
      }
      runs.set(name, sum);
    }
    return sum;
  };
  for (const name of functions.keys()) count(name);
  return runs;
}
