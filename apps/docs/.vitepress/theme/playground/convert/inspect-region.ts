/** What a reader sees of one region: its branches with their kernels, and the merged one. */
import { weightCount } from '@reparam/core';
import type { Fusion, GraphStructure, NodeReference } from '@reparam/core/convert';
import { type Branch, listBranches } from './branches.ts';
import { describeOperator } from './describe-graph.ts';
import {
  type ChannelPair,
  choosePairs,
  compareSum,
  type KernelPicture,
  loadWeights,
  MOST_WEIGHTS,
  operatorsOf,
  pictureOf,
  tapGrid,
} from './kernel-picture.ts';
import { nameWithin } from './model-graphs.ts';

export interface InspectedBranch {
  readonly nodes: readonly NodeReference[];
  readonly source: string;
  /** Kernel and channels of the path as one operator. */
  readonly operator: string;
  readonly picture: KernelPicture;
}

/** The branches that read one value, and what they become. */
export interface InspectedSum {
  readonly source: string;
  readonly pairs: readonly ChannelPair[];
  readonly branches: readonly InspectedBranch[];
  readonly merged: { readonly operator: string; readonly picture: KernelPicture };
  /** Largest difference of the merged kernel to the sum, relative to the largest weight shown. */
  readonly difference: number;
}

/** Pictures are shown of so many pairs of channels. */
const PAIRS = 16;

/** `place`: that of the graphs. Null where the region is no sum of a few paths. */
export async function inspectRegion(
  [before, after]: readonly [GraphStructure, GraphStructure],
  region: Fusion,
  place: string,
): Promise<readonly InspectedSum[] | null> {
  const name = nameWithin(place, region.name);
  const branches = listBranches(before, name, region.nodes);
  const merged = listBranches(after, name, region.into);
  if (!branches || !merged) return null;
  const all = operatorsOf([...branches, ...merged]);
  if (all.some((operator) => weightCount(operator) > MOST_WEIGHTS)) return null;
  for (const operator of all) await loadWeights(operator);
  const sources = [...new Set(merged.map(({ source }) => source))];
  const sums = sources.map((source) => {
    const of = (list: readonly Branch[]) => list.filter((branch) => branch.source === source);
    return inspectSum(source, of(branches), of(merged));
  });
  return sums.every((sum) => sum !== null) ? sums : null;
}

function inspectSum(source: string, branches: readonly Branch[], merged: readonly Branch[]): InspectedSum | null {
  const [first] = merged;
  if (!first || branches.length === 0) return null;
  const operators = operatorsOf([...branches, ...merged]);
  const grid = tapGrid(operators);
  const pairs = choosePairs(first.operator, PAIRS);
  const inspected = branches.map(({ nodes, operator }) => ({
    nodes,
    source,
    operator: describeOperator(operator),
    picture: pictureOf([operator], grid, pairs),
  }));
  const picture = pictureOf(operatorsOf(merged), grid, pairs);
  const pictures = inspected.map((branch) => branch.picture);
  return {
    source,
    pairs,
    branches: inspected,
    merged: { operator: describeOperator(first.operator), picture },
    difference: compareSum(pictures, picture),
  };
}
