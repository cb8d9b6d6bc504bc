/**
 * Places a large part of a graph in one pass: ranks from top to bottom, each node below what it reads, and long lines in lanes at the right.
 * It looks plainer than dagre, which takes minutes for a thousand nodes with long lines between them.
 */
import type { Place, Size } from './lay-out.ts';

/** Distances, in pixels at scale 1. */
export interface Gaps {
  readonly node: number;
  readonly rank: number;
  readonly lane: number;
}

export interface PlacedPart {
  /** Centres, in the order of the nodes. */
  readonly places: readonly Place[];
  /** Where each line bends, in the order of the edges. */
  readonly bends: readonly (readonly Place[])[];
}

/** Edges are pairs of places in `sizes`, and go forward. */
export function placeInRanks(
  sizes: readonly Size[],
  edges: readonly (readonly [from: number, to: number])[],
  gaps: Gaps,
): PlacedPart {
  const sources = sizes.map((): number[] => []);
  for (const [from, to] of edges) sources[to]!.push(from);
  const ranks = rankOf(sources);
  const places = placeRanks(groupByRank(ranks), sources, sizes, gaps);
  const right = places.reduce((most, { x }, at) => Math.max(most, x + sizes[at]!.width / 2), 0);
  const isLong = ([from, to]: readonly [number, number]) => ranks[to]! > ranks[from]! + 1;
  const lanes = assignLanes(edges.filter(isLong).map(([from, to]) => [ranks[from]!, ranks[to]!] as const));
  let long = 0;
  const bends = edges.map((edge) => {
    const [start, end] = edge.map((at) => places[at]!) as [Place, Place];
    const [top, bottom] = [start.y + sizes[edge[0]]!.height / 2, end.y - sizes[edge[1]]!.height / 2];
    const [first, last] = [
      { x: start.x, y: top },
      { x: end.x, y: bottom },
    ];
    if (!isLong(edge)) return [first, last];
    const x = right + gaps.lane * (lanes[long++]! + 1);
    return [first, { x, y: top + gaps.rank / 2 }, { x, y: bottom - gaps.rank / 2 }, last];
  });
  return { places, bends };
}

/** Lines that a layout with a node for each rank that they pass would have to place. */
export function countPassed(count: number, edges: readonly (readonly [from: number, to: number])[]): number {
  const sources = Array.from({ length: count }, (): number[] => []);
  for (const [from, to] of edges) sources[to]!.push(from);
  const ranks = rankOf(sources);
  return edges.reduce((sum, [from, to]) => sum + ranks[to]! - ranks[from]! - 1, 0);
}

/** One more than the last of what a node reads. */
function rankOf(sources: readonly (readonly number[])[]): number[] {
  const ranks: number[] = [];
  for (const own of sources) ranks.push(own.reduce((most, from) => Math.max(most, ranks[from]! + 1), 0));
  return ranks;
}

function groupByRank(ranks: readonly number[]): number[][] {
  const groups: number[][] = [];
  ranks.forEach((rank, at) => {
    groups[rank] ??= [];
    groups[rank].push(at);
  });
  return groups;
}

/** Each node below the middle of what it reads, moved as little as its neighbours ask for. */
function placeRanks(
  groups: readonly (readonly number[])[],
  sources: readonly (readonly number[])[],
  sizes: readonly Size[],
  gaps: Gaps,
): Place[] {
  const places: Place[] = [];
  let top = 0;
  for (const group of groups) {
    const height = group.reduce((most, at) => Math.max(most, sizes[at]!.height), 0);
    const wanted = group.map((at) => {
      const own = sources[at]!;
      return { at, x: own.length === 0 ? 0 : own.reduce((sum, from) => sum + places[from]!.x, 0) / own.length };
    });
    wanted.sort((a, b) => a.x - b.x || a.at - b.at);
    let edge = Number.NEGATIVE_INFINITY;
    let moved = 0;
    for (const { at, x } of wanted) {
      const { width } = sizes[at]!;
      const left = Math.max(edge, x - width / 2);
      places[at] = { x: left + width / 2, y: top + height / 2 };
      moved += places[at].x - x;
      edge = left + width + gaps.node;
    }
    for (const { at } of wanted) places[at]!.x -= moved / wanted.length;
    top += height + gaps.rank;
  }
  return places;
}

/** A lane for each span, such that no two that share ranks are in one; short spans are inside. */
function assignLanes(spans: readonly (readonly [from: number, to: number])[]): number[] {
  const order = spans.map((_, at) => at).sort((a, b) => length(spans[a]!) - length(spans[b]!));
  const lanes: (readonly [number, number])[][] = [];
  const found: number[] = [];
  for (const at of order) {
    const [from, to] = spans[at]!;
    const free = lanes.findIndex((taken) => taken.every(([low, high]) => high <= from || low >= to));
    const lane = free < 0 || lanes.length >= MOST_LANES ? Math.min(lanes.length, MOST_LANES - 1) : free;
    lanes[lane] ??= [];
    if (lanes.length < MOST_LANES) lanes[lane].push(spans[at]!);
    found[at] = lane;
  }
  return found;
}

const length = ([from, to]: readonly [number, number]) => to - from;

/** More stand on each other: nobody follows one of a hundred. */
const MOST_LANES = 100;
