/** What rules of the linter look at. */
import { type LazyArray, readArray, type Values } from '@reparam/core';
import type { Scope } from '../analysis/scope.ts';
import type { ModelGraph } from '../build-graph.ts';
import { referTo } from '../names.ts';
import type { OnnxNode } from '../proto/node.ts';
import type { Finding, FindingCode, Severity } from './finding.ts';

export interface LintContext extends ModelGraph {
  readonly scope: Scope;
}

/** One rule: everything of its kind that is in the model. */
export type Rule = (context: LintContext) => readonly Finding[] | Promise<readonly Finding[]>;

/** One finding about all of the nodes; none where there are none. */
export function findingOf(
  code: FindingCode,
  severity: Severity,
  nodes: readonly OnnxNode[],
  message: string,
  hint: string,
): Finding[] {
  if (nodes.length === 0) return [];
  const sorted = [...nodes].sort((a, b) => a.index - b.index);
  return [{ code, severity, nodes: sorted.map((node) => referTo(node)), message, hint }];
}

/** `3 Conv compute`, `Conv computes`: a count of nodes and what they do. */
export function countOf(nodes: readonly OnnxNode[], one: string, several: string): string {
  const types = [...new Set(nodes.map(({ opType }) => opType))].join(' and ');
  return nodes.length === 1 ? `${types} ${one}` : `${nodes.length} ${types} ${several}`;
}

/** Reads an array, and lets its tensors go again. */
export async function withValues<Result>(array: LazyArray, use: (values: Values) => Result): Promise<Result> {
  for (const source of array.sources) await source.load();
  try {
    return use(readArray(array));
  } finally {
    for (const source of array.sources) source.release();
  }
}
