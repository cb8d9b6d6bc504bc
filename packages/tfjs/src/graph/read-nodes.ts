/** The nodes of a graph as the conversion sees them. */
import type { ModelNode } from '../convert/model-view.ts';
import { fusedOf } from './fused.ts';
import { type NodeDef, nodeOf } from './node-def.ts';
import type { GraphScope } from './scope.ts';

export interface GraphNode extends ModelNode {
  readonly def: NodeDef;
  readonly part: 'whole' | 'linear' | 'activation';
}

/** Nodes that are no constants; one with an activation is two. */
export function readGraphNodes(ordered: readonly NodeDef[], scope: GraphScope): GraphNode[] {
  const outputs = new Map<string, Set<string>>();
  for (const { inputs } of ordered)
    for (const input of inputs) outputs.set(nodeOf(input), (outputs.get(nodeOf(input)) ?? new Set()).add(input));
  const nodes: GraphNode[] = [];
  const isConstant = (name: string) => scope.nodes.get(name)!.op === 'Const' || scope.constant(name) !== undefined;
  ordered.forEach((def, owner) => {
    if (isConstant(def.name)) return;
    const { name, op: opType } = def;
    const inputs = def.inputs.filter((input) => !scope.constant(input));
    const made = [...new Set([name, ...(outputs.get(name) ?? [])])].sort(byPlace);
    const isActivated = typeof fusedOf(def)?.activation === 'string' && made.length === 1;
    const inner = `${name}/linear`;
    const common = { name, opType, owner, def, awaits: def.control.filter((other) => !isConstant(other)) };
    if (isActivated) {
      const read = fusedOf(def)!.hasBias ? 3 : 2;
      const own = def.inputs.slice(0, read).filter((input) => !scope.constant(input));
      const rest = def.inputs.slice(read).filter((input) => !scope.constant(input));
      nodes.push({ ...common, index: nodes.length, inputs: own, outputs: [inner], isLaterPart: false, part: 'linear' });
      nodes.push({
        ...common,
        index: nodes.length,
        inputs: [inner, ...rest],
        outputs: made,
        isLaterPart: true,
        part: 'activation',
      });
    } else nodes.push({ ...common, index: nodes.length, inputs, outputs: made, isLaterPart: false, part: 'whole' });
  });
  return nodes;
}

function byPlace(a: string, b: string): number {
  return Number(a.split(':')[1] ?? 0) - Number(b.split(':')[1] ?? 0);
}
