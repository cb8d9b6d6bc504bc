/**
 * Places nodes and lines from top to bottom with dagre. Where a graph narrows to one node, as networks do between their blocks, it is cut
 * and each part is placed alone: thousands of nodes then take about as long as their parts.
 */
import dagre from '@dagrejs/dagre';
import type { DrawnEdge, DrawnGraph, DrawnNode } from '../view/drawn-graph.ts';
import { shorten } from '../view/shorten.ts';
import type { PlainGraph, PlainNode } from './describe-graph.ts';
import { countPassed, type PlacedPart, placeInRanks } from './lay-out-ranks.ts';

const HEIGHT = 26;
const TALL = 40;
const GAPS = { node: 22, rank: 26, lane: 12 };
const MARGIN = 16;

export type Place = { x: number; y: number };
export type Size = { readonly width: number; readonly height: number };

/** Where more stand in a part, nodes and the ranks that lines pass, dagre takes seconds and soon minutes. */
const LARGE = 1500;

export function layOut({ nodes, edges }: PlainGraph): DrawnGraph {
  const sizes = nodes.map(sizeOf);
  const places: Place[] = [];
  const bends: (readonly Place[])[] = edges.map(() => []);
  for (const part of cut(nodes.length, edges)) placePart(part, edges, sizes, places, bends);
  let [left, right, bottom] = [0, 0, 0];
  places.forEach(({ x, y }, at) => {
    const { width, height } = sizes[at]!;
    left = Math.min(left, x - width / 2);
    right = Math.max(right, x + width / 2);
    bottom = Math.max(bottom, y + height / 2);
  });
  for (const bend of bends) for (const { x } of bend) right = Math.max(right, x);
  const move = ({ x, y }: Place) => ({ x: x - left + MARGIN, y: y + MARGIN });
  return {
    width: right - left + 2 * MARGIN,
    height: bottom + 2 * MARGIN,
    nodes: nodes.map((node, at): DrawnNode => ({ ...node, ...move(places[at]!), ...sizes[at]! })),
    edges: edges.map(([from, to], at): DrawnEdge => {
      const region = nodes[from]!.region === nodes[to]!.region ? nodes[from]!.region : -1;
      return { from, to, points: bends[at]!.map(move).flatMap(({ x, y }) => [round(x), round(y)]), region };
    }),
  };
}

const round = (length: number) => Math.round(length * 10) / 10;

function sizeOf({ label, detail, kind }: PlainNode) {
  const characters = Math.max(shorten(label).length * 7.2, shorten(detail).length * 6.2);
  return { width: Math.max(kind === 'end' ? 40 : 56, characters + 22), height: detail === '' ? HEIGHT : TALL };
}

/** Runs of nodes in topological order; each but the first begins with the node that the one before it ends with. */
export function cut(count: number, edges: PlainGraph['edges']): (readonly number[])[] {
  const last = Array.from({ length: count }, (_, at) => at);
  for (const [from, to] of edges) last[from] = Math.max(last[from]!, to);
  const parts: number[][] = [];
  let part: number[] = [];
  let reach = -1; // the last reader of anything before this node
  for (let at = 0; at < count; at++) {
    part.push(at);
    const isNarrow = reach <= at && at > 0 && last[at]! > at;
    reach = Math.max(reach, last[at]!);
    if (!isNarrow) continue;
    parts.push(part);
    part = [at];
  }
  if (part.length > 1 || parts.length === 0) parts.push(part);
  return parts;
}

function placePart(
  part: readonly number[],
  edges: PlainGraph['edges'],
  sizes: readonly Size[],
  places: Place[],
  bends: (readonly Place[])[],
) {
  const [first = 0] = part;
  const end = part.at(-1) ?? first;
  const own: number[] = [];
  for (let at = findFirst(edges, first); at < edges.length && edges[at]![1] <= end; at++)
    if (edges[at]![0] >= first) own.push(at);
  const [inner, lines] = [
    part.map((at) => sizes[at]!),
    own.map((at) => [edges[at]![0] - first, edges[at]![1] - first] as const),
  ];
  const isLarge = part.length + countPassed(part.length, lines) > LARGE;
  const placed = isLarge ? placeInRanks(inner, lines, GAPS) : placeWithDagre(inner, lines);
  const known = places[first];
  const [start] = placed.places;
  const offset = known && start ? { x: known.x - start.x, y: known.y - start.y } : { x: 0, y: 0 };
  const move = ({ x, y }: Place) => ({ x: x + offset.x, y: y + offset.y });
  part.forEach((at, index) => {
    places[at] = move(placed.places[index]!);
  });
  own.forEach((at, index) => {
    bends[at] = placed.bends[index]!.map(move);
  });
}

function placeWithDagre(sizes: readonly Size[], edges: readonly (readonly [number, number])[]): PlacedPart {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({
    rankdir: 'TB',
    nodesep: GAPS.node,
    edgesep: GAPS.lane,
    ranksep: GAPS.rank,
    ranker: ranker(sizes.length),
  });
  sizes.forEach((size, at) => {
    graph.setNode(String(at), { ...size });
  });
  for (const [from, to] of edges) graph.setEdge(String(from), String(to), {});
  dagre.layout(graph);
  return {
    places: sizes.map((_, at) => graph.node(String(at)) as Place),
    bends: edges.map(([from, to]) => (graph.edge(String(from), String(to)) as { points: Place[] }).points),
  };
}

/** The best ranker takes long where a part is large. */
function ranker(count: number): string {
  return count > 300 ? 'longest-path' : 'network-simplex';
}

/** Edges are in the order of their ends: the first that ends behind a node. */
function findFirst(edges: PlainGraph['edges'], node: number): number {
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (edges[middle]![1] <= node) low = middle + 1;
    else high = middle;
  }
  return low;
}
