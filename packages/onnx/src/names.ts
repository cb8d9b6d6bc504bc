/** How reports name nodes, and how options select them. */
import { nameMatcher } from '@reparam/core/convert';
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

/** A test for nodes whose name, an output or operator type matches one of the patterns; `*` stands for anything. */
export function nodeMatcher(patterns: readonly string[]): (node: OnnxNode, place?: string) => boolean {
  const matches = nameMatcher(patterns);
  return (node, place = '') => {
    const own = [node.name, node.opType, ...node.outputs];
    return matches(place === '' ? own : [...own, ...own.map((name) => nameIn(place, name))]);
  };
}
