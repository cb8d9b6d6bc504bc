/** How options select nodes. */
import { nameMatcher } from '@reparam/core/convert';
import { nameIn } from './names.ts';
import type { OnnxNode } from './proto/node.ts';

/** A test for nodes whose name, an output or operator type matches one of the patterns; `*` stands for anything. */
export function nodeMatcher(patterns: readonly string[]): (node: OnnxNode, place?: string) => boolean {
  const matches = nameMatcher(patterns);
  return (node, place = '') => {
    const own = [node.name, node.opType, ...node.outputs];
    return matches(place === '' ? own : [...own, ...own.map((name) => nameIn(place, name))]);
  };
}
