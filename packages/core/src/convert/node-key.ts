/** How reports' nodes are told apart. */
import type { Fusion, NodeReference } from './report.ts';

/** How nodes are told apart: names may repeat in a file, and then mean every node of that name and kind. */
export function nodeKey({ name, opType }: NodeReference): string {
  return `${opType}\n${name}`;
}

/** The nodes that fusions wrote. */
export function nodesMade(fusions: readonly Fusion[]): ReadonlySet<string> {
  return new Set(fusions.flatMap(({ into }) => into.map(nodeKey)));
}
