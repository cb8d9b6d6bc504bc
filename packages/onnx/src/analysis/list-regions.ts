/** Lists the graphs of a model with bodies and functions, and how often each is run. */
import { qualifiedName } from '../proto/node.ts';
import type { ModelScopes } from './read-scope.ts';
import type { Region } from './region.ts';
import type { Scope } from './scope.ts';

/** All regions, each behind the one around it. */
export function listRegions({ main, functions }: ModelScopes): Region[] {
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
