/** Nodes in the order of their data, and those that control flow decides over. */
import { type NodeDef, nodeOf } from './node-def.ts';

const CONTROL_FLOW: ReadonlySet<string> = new Set(['Enter', 'Exit', 'LoopCond', 'Merge', 'NextIteration', 'Switch']);

/** After those that make their inputs; nodes within loops last, as in the file. */
export function orderNodes(nodes: readonly NodeDef[]): NodeDef[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const missing = new Map<NodeDef, number>();
  const readers = new Map<NodeDef, NodeDef[]>();
  for (const node of nodes) {
    const makers = new Set([...node.inputs.map(nodeOf), ...node.control].map((name) => byName.get(name)!));
    missing.set(node, makers.size);
    for (const maker of makers) {
      const list = readers.get(maker);
      if (list) list.push(node);
      else readers.set(maker, [node]);
    }
  }
  const ordered = nodes.filter((node) => missing.get(node) === 0);
  for (let next = 0; next < ordered.length; next++) {
    for (const reader of readers.get(ordered[next]!) ?? []) {
      const left = missing.get(reader)! - 1;
      missing.set(reader, left);
      if (left === 0) ordered.push(reader);
    }
  }
  return [...ordered, ...nodes.filter((node) => missing.get(node)! > 0)];
}

/** Nodes that run within a loop or a branch, or behind one: they are left as they are. */
export function findControlled(ordered: readonly NodeDef[]): ReadonlySet<string> {
  const controlled = new Set<string>();
  for (let before = -1; before < controlled.size; ) {
    before = controlled.size;
    for (const { name, op, inputs, control } of ordered) {
      if (CONTROL_FLOW.has(op) || [...inputs.map(nodeOf), ...control].some((input) => controlled.has(input)))
        controlled.add(name);
    }
  }
  return controlled;
}
