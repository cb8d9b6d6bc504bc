/** The nodes that options leave to be fused. */
import type { Region } from './analysis/region.ts';
import { nodeMatcher } from './node-matcher.ts';
import type { ReparameterizeOptions } from './options.ts';
import type { OnnxNode } from './proto/node.ts';

export interface Selection {
  /** Nodes that are left alone, as asked. */
  readonly excluded: ReadonlySet<OnnxNode>;
  /** Patterns that no node matches. */
  readonly unmatched: readonly string[];
}

export function selectNodes(
  regions: readonly Pick<Region, 'scope' | 'place'>[],
  { only, skip = [] }: Pick<ReparameterizeOptions, 'only' | 'skip'>,
): Selection {
  const matched = new Set<string>();
  const matches = (patterns: readonly string[]) => {
    const matchers = patterns.map((pattern) => ({ pattern, matcher: nodeMatcher([pattern]) }));
    return (node: OnnxNode, place: string) => {
      const found = matchers.filter(({ matcher }) => matcher(node, place));
      for (const { pattern } of found) matched.add(pattern);
      return found.length > 0;
    };
  };
  const [isIncluded, isSkipped] = [only && matches(only), matches(skip)];
  const excluded = new Set<OnnxNode>();
  for (const { scope, place } of regions) {
    for (const node of scope.nodes) {
      const included = isIncluded?.(node, place) ?? true;
      if (isSkipped(node, place) || !included) excluded.add(node);
    }
  }
  return { excluded, unmatched: [...(only ?? []), ...skip].filter((pattern) => !matched.has(pattern)) };
}
