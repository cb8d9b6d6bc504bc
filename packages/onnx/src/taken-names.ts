/** Names that a file uses, which new nodes and tensors must not take. */
import type { Scope } from './analysis/scope.ts';

export function takenNames(scope: Scope): Set<string> {
  const { graph } = scope.model;
  const names = new Set([...graph.initializers.keys(), ...graph.sparseInitializers.keys()]);
  for (const info of [...graph.inputs, ...graph.outputs, ...graph.valueInfos]) names.add(info.name);
  for (const node of scope.nodes)
    for (const name of [node.name, ...node.inputs, ...node.outputs, ...node.captures]) names.add(name);
  return names;
}
