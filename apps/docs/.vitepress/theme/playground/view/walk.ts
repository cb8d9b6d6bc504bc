/** Ways through a graph by keys: along its lines, to what stands beside, and through all nodes in order. */
import type { DrawnGraph } from './drawn-graph.ts';

export type WalkKey = 'ArrowUp' | 'ArrowDown' | 'ArrowLeft' | 'ArrowRight' | 'PageUp' | 'PageDown' | 'Home' | 'End';

export interface Walk {
  /** Place of the node that a key leads to; the same node where there is none. */
  next(at: number, key: string): number;
  /** Nodes that it reads from, and that read it. */
  readonly sources: (at: number) => readonly number[];
  readonly readers: (at: number) => readonly number[];
}

export const isWalkKey = (key: string): key is WalkKey =>
  /^(Arrow(Up|Down|Left|Right)|Page(Up|Down)|Home|End)$/.test(key);

/** Up and down follow a line, to the nearest node; left and right go to what reads, or is read by, the same node. */
export function walkOf({ nodes, edges }: Pick<DrawnGraph, 'nodes' | 'edges'>): Walk {
  const sources = nodes.map((): number[] => []);
  const readers = nodes.map((): number[] => []);
  for (const { from, to } of edges) {
    readers[from]!.push(to);
    sources[to]!.push(from);
  }
  const last = nodes.length - 1;
  const distance = (a: number, b: number) => Math.hypot(nodes[a]!.x - nodes[b]!.x, nodes[a]!.y - nodes[b]!.y);
  const nearest = (at: number, found: readonly number[], far = distance) =>
    found.reduce((best, one) => (best === at || far(at, one) < far(at, best) ? one : best), at);
  /** What stands on the same line comes first. */
  const aside = (a: number, b: number) => distance(a, b) + 10 * Math.abs(nodes[a]!.y - nodes[b]!.y);
  const beside = (at: number, side: 1 | -1) => {
    const around = [...sources[at]!.flatMap((one) => readers[one]!), ...readers[at]!.flatMap((one) => sources[one]!)];
    return nearest(
      at,
      around.filter((one) => side * (nodes[one]!.x - nodes[at]!.x) > 0),
      aside,
    );
  };
  const ways: Record<WalkKey, (at: number) => number> = {
    ArrowUp: (at) => nearest(at, sources[at]!),
    ArrowDown: (at) => nearest(at, readers[at]!),
    ArrowLeft: (at) => beside(at, -1),
    ArrowRight: (at) => beside(at, 1),
    PageUp: (at) => Math.max(0, at - 1),
    PageDown: (at) => Math.min(last, at + 1),
    Home: () => 0,
    End: () => last,
  };
  return {
    next: (at, key) => (isWalkKey(key) && nodes[at] ? ways[key](at) : at),
    sources: (at) => sources[at] ?? [],
    readers: (at) => readers[at] ?? [],
  };
}
