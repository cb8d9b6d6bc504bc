/** The part of a graph that is in view, so that thousands of nodes cost no more than those that are seen. */
import type { DrawnEdge, DrawnGraph, DrawnNode } from './drawn-graph.ts';

/** In lengths of the graph. */
export interface ViewBox {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface VisiblePart {
  /** With their places in the graph. */
  readonly nodes: readonly { readonly at: number; readonly node: DrawnNode }[];
  readonly edges: readonly DrawnEdge[];
}

/** More boxes than these are too small to tell apart. */
const MOST_NODES = 900;

export function findVisible(graph: DrawnGraph, { left, top, right, bottom }: ViewBox): VisiblePart {
  const nodes: { at: number; node: DrawnNode }[] = [];
  graph.nodes.forEach((node, at) => {
    const [halfWidth, halfHeight] = [node.width / 2, node.height / 2];
    const isIn = node.x + halfWidth >= left && node.x - halfWidth <= right && node.y + halfHeight >= top;
    if (isIn && node.y - halfHeight <= bottom && nodes.length < MOST_NODES) nodes.push({ at, node });
  });
  const edges = graph.edges.filter(({ points }) => {
    let [low, high, near, far] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let at = 0; at < points.length; at += 2) {
      low = Math.min(low, points[at + 1]!);
      high = Math.max(high, points[at + 1]!);
      near = Math.min(near, points[at]!);
      far = Math.max(far, points[at]!);
    }
    return high >= top && low <= bottom && far >= left && near <= right;
  });
  return { nodes, edges };
}

/** All lines as one path, rounded at their bends, each with a tip. */
export function edgePath(edges: readonly DrawnEdge[]): string {
  return edges.map(({ points }) => lineOf(points)).join('');
}

function lineOf(points: readonly number[]): string {
  const count = points.length / 2;
  if (count < 2) return '';
  let path = `M${points[0]},${points[1]}`;
  for (let at = 1; at < count - 1; at++) {
    const [x, y] = [points[2 * at]!, points[2 * at + 1]!];
    const [nextX, nextY] = [points[2 * at + 2]!, points[2 * at + 3]!];
    path += `Q${x},${y} ${(x + nextX) / 2},${(y + nextY) / 2}`;
  }
  const [x, y] = [points[2 * count - 2]!, points[2 * count - 1]!];
  return `${path}L${x},${y}m-3.5,-6l3.5,6l3.5,-6`;
}

/** Around all of these nodes; null where there are none. */
export function boxAround(nodes: readonly DrawnNode[]): ViewBox | null {
  if (nodes.length === 0) return null;
  const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (const { x, y, width, height } of nodes) {
    box.left = Math.min(box.left, x - width / 2);
    box.right = Math.max(box.right, x + width / 2);
    box.top = Math.min(box.top, y - height / 2);
    box.bottom = Math.max(box.bottom, y + height / 2);
  }
  return box;
}
