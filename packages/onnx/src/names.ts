/** How reports name nodes, and how options select them. */
import type { OnnxNode } from './proto/node.ts';
import type { NodeReference } from './report.ts';

export function referTo(node: Pick<OnnxNode, 'name' | 'opType' | 'outputs'>): NodeReference {
  return { name: node.name || (node.outputs[0] ?? ''), opType: node.opType };
}

/** A test for nodes whose name, an output or operator type matches one of the patterns; `*` stands for anything. */
export function nodeMatcher(patterns: readonly string[]): (node: OnnxNode) => boolean {
  const expressions = patterns.map(
    (pattern) => new RegExp(`^${pattern.split('*').map(escapeRegExp).join('.*')}$`, 's'),
  );
  return (node) =>
    [node.name, node.opType, ...node.outputs].some((name) => expressions.some((expression) => expression.test(name)));
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
