/** Nodes in few words: `3 Conv, 2 Add, BatchNormalization`. */

import type { NodeReference } from '@reparam/onnx';

export function countNodes(nodes: readonly NodeReference[]): string {
  const counts = new Map<string, number>();
  for (const { opType } of nodes) counts.set(opType, (counts.get(opType) ?? 0) + 1);
  return formatCounts(Object.fromEntries(counts));
}

export function formatCounts(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([type, count]) => (count === 1 ? type : `${count} ${type}`));
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}
