/** All names of a model, in whatever graph: a new one must be none of them, since bodies see the names around them. */
import type { OnnxGraph } from './proto/graph.ts';
import type { OnnxModel } from './proto/model.ts';

export function takenNames({ graph, functions }: OnnxModel): Set<string> {
  const names = new Set<string>();
  addNames(graph, names);
  for (const definition of functions.values()) addNames(definition.graph, names);
  return names;
}

function addNames(graph: OnnxGraph, names: Set<string>): void {
  for (const name of [...graph.initializers.keys(), ...graph.sparseInitializers.keys()]) names.add(name);
  for (const info of [...graph.inputs, ...graph.outputs, ...graph.valueInfos]) names.add(info.name);
  for (const node of graph.nodes) {
    for (const name of [node.name, ...node.inputs, ...node.outputs]) names.add(name);
    for (const subgraph of node.subgraphs) addNames(subgraph.graph, names);
  }
}
