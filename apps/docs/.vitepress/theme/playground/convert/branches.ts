/**
 * The branches of a region: each path from its value back to what it reads, composed to one operator. Their kernels add up to the merged
 * one, which is how parallel linear branches become a single convolution.
 */
import { compose, definitionOn, type Graph, identity, isOnes, type Operator, type Term } from '@reparam/core';
import { type GraphStructure, type NodeReference, nodeKey, type StructureNode } from '@reparam/core/convert';

export interface Branch {
  /** Nodes of the path, from what it reads to the value. */
  readonly nodes: readonly NodeReference[];
  /** Name of the value that it reads. */
  readonly source: string;
  readonly operator: Operator;
}

/** A product of sums has as many paths as its terms multiplied out: more than this tell a reader nothing. */
const MOST = 24;

/** Paths to the value `name` through the nodes given; null where there are too many, or something on them is no operator. */
export function listBranches(
  { nodes, graph }: GraphStructure,
  name: string,
  region: readonly NodeReference[],
): Branch[] | null {
  const inside = new Set(region.map(nodeKey));
  const makers = new Map<string, StructureNode>();
  for (const node of nodes) if (inside.has(nodeKey(node))) for (const output of node.outputs) makers.set(output, node);
  const value = lastLinear(graph, makers, name);
  const [definition] = value?.definitions ?? [];
  if (!value || !definition) return null;
  const channels = value.shape[definition.axis];
  if (typeof channels !== 'number') return null;
  const walk: Walk = { graph, makers, axis: definition.axis, found: [] };
  const start = { value: graph.values.indexOf(value), operator: identity(channels) };
  try {
    return follow(walk, start, []) ? walk.found : null;
  } catch {
    return null; // a transposed operator between others
  }
}

/** The value itself; or the last linear one, where an operator that is not has been taken into the region. */
function lastLinear(graph: Graph, makers: Walk['makers'], name: string): Graph['values'][number] | undefined {
  const linear = graph.values.filter((value) => makers.has(value.name) && value.definitions.length > 0);
  return linear.find((value) => value.name === name) ?? linear.at(-1);
}

interface Walk {
  readonly graph: Graph;
  readonly makers: ReadonlyMap<string, StructureNode>;
  readonly axis: number;
  readonly found: Branch[];
}

/** False where there are too many. */
function follow(walk: Walk, { value: id, operator }: Term, nodes: readonly NodeReference[]): boolean {
  const value = walk.graph.values[id]!;
  const maker = walk.makers.get(value.name);
  const definition = definitionOn(value.definitions, walk.axis);
  if (!maker || !definition) {
    walk.found.push({ nodes, source: value.name, operator });
    return walk.found.length <= MOST;
  }
  const path = [{ name: maker.name, opType: maker.opType }, ...nodes];
  return definition.terms
    .filter((term) => !isOnes(walk.graph, term.value))
    .every((term) => {
      // Borders were the conversion's business: the kernels are the same.
      const composed = compose(operator, term.operator, { interior: true });
      return follow(walk, { value: term.value, operator: composed }, path);
    });
}
