/** How reports name nodes. */
import type { OnnxNode } from './proto/node.ts';
import type { NodeReference } from './report.ts';

/** A node; `place` is that of its graph (see `Region`). */
export function referTo(node: Pick<OnnxNode, 'name' | 'opType' | 'outputs'>, place = ''): NodeReference {
  return { name: nameIn(place, node.name || (node.outputs[0] ?? '')), opType: node.opType };
}

/** A name with the place of its graph before it: "If_12/then_branch: conv". */
export function nameIn(place: string, name: string): string {
  return place === '' ? name : `${place}: ${name}`;
}
