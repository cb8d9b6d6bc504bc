/** What a screen reader says of a node. */
import type { DrawnNode } from './drawn-graph.ts';
import { shorten } from './shorten.ts';
import type { Walk } from './walk.ts';

/** Names are from files: a page holds thousands of them. */
const LONGEST = 200;

/** What is written on a node, line by line. */
export function textsOf({ label, detail }: Pick<DrawnNode, 'label' | 'detail'>): string[] {
  return detail === '' ? [shorten(label)] : [shorten(label), shorten(detail)];
}

/**
 * "Conv 3×3, 3 → 64, /stem/conv, shape [1, 64, 56, 56], merged, reads 1, read by 2": what is seen first, as WCAG asks. `reasons` are those
 * of all refusals.
 */
export function describeNode(node: DrawnNode, at: number, walk: Walk, reasons: readonly string[]): string {
  const { name, label, shape, kind, region, refusals, opens } = node;
  const [reads, readers] = [walk.sources(at).length, walk.readers(at).length];
  const seen = textsOf(node).join(' ');
  const parts = [
    seen,
    kind === 'end' && (reads === 0 ? 'input' : 'output'),
    ...[label, node.detail].filter((text) => !seen.includes(text)).map((text) => shorten(text, LONGEST)),
    name !== '' && shorten(name, LONGEST),
    shape !== '' && !seen.includes(shape) && `shape ${shape}`,
    region >= 0 && 'merged',
    ...refusals.map((refusal) => `refused, ${reasons[refusal] ?? ''}`),
    opens.length > 0 && 'Enter opens it',
    reads > 0 && `reads ${reads}`,
    readers > 0 && `read by ${readers}`,
  ];
  return parts.filter((part) => part !== false).join(', ');
}
