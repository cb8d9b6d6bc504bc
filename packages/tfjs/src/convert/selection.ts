/** The nodes that options leave to be fused. */
import { nameMatcher, type ReparameterizeOptions } from '@reparam/core/convert';
import type { ModelNode, ModelView } from './model-view.ts';

export interface Selection {
  /** Nodes that are left alone, as asked. */
  readonly excluded: ReadonlySet<ModelNode>;
  /** Patterns that no node matches. */
  readonly unmatched: readonly string[];
}

export function selectNodes(views: readonly ModelView[], { only, skip = [] }: ReparameterizeOptions): Selection {
  const matched = new Set<string>();
  const matches = (patterns: readonly string[]) => {
    const matchers = patterns.map((pattern) => ({ pattern, matcher: nameMatcher([pattern]) }));
    return (names: readonly string[]) => {
      const found = matchers.filter(({ matcher }) => matcher(names));
      for (const { pattern } of found) matched.add(pattern);
      return found.length > 0;
    };
  };
  const [isIncluded, isSkipped] = [only && matches(only), matches(skip)];
  const excluded = new Set<ModelNode>();
  for (const node of views.flatMap(({ nodes }) => nodes)) {
    const names = [node.name, node.opType, ...node.outputs];
    const included = isIncluded?.(names) ?? true;
    if (isSkipped(names) || !included) excluded.add(node);
  }
  return { excluded, unmatched: [...(only ?? []), ...skip].filter((pattern) => !matched.has(pattern)) };
}
