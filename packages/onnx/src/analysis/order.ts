/** Nodes in an order in which every value is made before it is read. Files need not be sorted. */
import { FormatError } from '@reparam/core';
import type { OnnxGraph } from '../proto/graph.ts';
import type { OnnxNode } from '../proto/node.ts';

export interface NodeOrder {
  readonly nodes: readonly OnnxNode[];
  /** The node that makes each value. */
  readonly producers: ReadonlyMap<string, OnnxNode>;
}

/** @throws FormatError where a value is made twice, or depends on itself. */
export function orderNodes(graph: OnnxGraph): NodeOrder {
  const producers = findProducers(graph);
  if (isSorted(graph, producers)) return { nodes: graph.nodes, producers };
  const waiting = graph.nodes.map(() => 0);
  const readers: number[][] = graph.nodes.map(() => []);
  for (const node of graph.nodes) {
    for (const source of sourceNodes(node, producers)) {
      readers[source.index]!.push(node.index);
      waiting[node.index]!++;
    }
  }
  const ready = graph.nodes.filter((node) => waiting[node.index] === 0).map((node) => node.index);
  const nodes: OnnxNode[] = [];
  for (let next = 0; next < ready.length; next++) {
    const index = ready[next]!;
    nodes.push(graph.nodes[index]!);
    for (const reader of readers[index]!) if (--waiting[reader]! === 0) ready.push(reader);
  }
  if (nodes.length < graph.nodes.length) {
    const stuck = graph.nodes.find((node) => waiting[node.index]! > 0)!;
    throw new FormatError(
      `Node "${stuck.name || stuck.outputs[0]}" depends on itself, expected a graph without cycles.`,
      {
        code: 'cycle',
        hint: 'Export the model again.',
      },
    );
  }
  return { nodes, producers };
}

/** Nodes that the outputs need: others may never be run. */
export function nodesRun(outputs: Iterable<string>, producers: NodeOrder['producers']): ReadonlySet<OnnxNode> {
  const run = new Set<OnnxNode>();
  const queue = [...outputs].map((name) => producers.get(name)).filter((node) => node !== undefined);
  for (let node = queue.pop(); node; node = queue.pop()) {
    if (run.has(node)) continue;
    run.add(node);
    queue.push(...sourceNodes(node, producers));
  }
  return run;
}

function findProducers(graph: OnnxGraph): Map<string, OnnxNode> {
  const producers = new Map<string, OnnxNode>();
  for (const node of graph.nodes) {
    for (const output of node.outputs) {
      if (output === '') continue;
      if (producers.has(output)) {
        throw new FormatError(`Value "${output}" is made by two nodes, expected one.`, {
          code: 'duplicate-value',
          hint: 'Export the model again.',
        });
      }
      producers.set(output, node);
    }
  }
  return producers;
}

function isSorted(graph: OnnxGraph, producers: ReadonlyMap<string, OnnxNode>): boolean {
  return graph.nodes.every((node) => sourceNodes(node, producers).every((source) => source.index < node.index));
}

function sourceNodes(node: OnnxNode, producers: ReadonlyMap<string, OnnxNode>): OnnxNode[] {
  return [...node.inputs, ...node.captures].map((name) => producers.get(name)).filter((source) => source !== undefined);
}
