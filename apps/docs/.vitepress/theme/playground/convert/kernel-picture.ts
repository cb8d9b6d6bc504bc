/** Kernels of several operators on one grid of taps, for a few pairs of channels. */
import { type Operator, readArray } from '@reparam/core';
import type { Branch } from './branches.ts';

export interface KernelPicture {
  /** Rows and columns of each tile. */
  readonly rows: number;
  readonly columns: number;
  /** One tile for each pair of channels, row-major; NaN where the operator has no tap. */
  readonly tiles: readonly Float64Array[];
}

/** Pairs of an output and an input channel. */
export type ChannelPair = readonly [output: number, input: number];

/** Weights beyond this many are not computed for a picture. */
export const MOST_WEIGHTS = 30_000_000;

/** The taps of all operators, axis by axis, as offsets from the output's own place. */
export function tapGrid(operators: readonly Operator[]): number[][] {
  const rank = Math.max(...operators.map(({ axes }) => axes.length));
  return Array.from({ length: rank }, (_, at) => {
    const offsets = operators.flatMap(({ axes }) => {
      const axis = axes[at] ?? { kernel: 1, dilation: 1, padBegin: 0 };
      return Array.from({ length: axis.kernel }, (__, tap) => tap * axis.dilation - axis.padBegin);
    });
    const [low, high] = [Math.min(...offsets), Math.max(...offsets)];
    return Array.from({ length: high - low + 1 }, (__, index) => low + index);
  });
}

/** The first pairs that an operator joins: along the diagonal where channels stay apart, else a corner of the matrix. */
export function choosePairs({ support, outChannels, inChannels }: Operator, most: number): ChannelPair[] {
  const groups = support.reduce((sum, run) => sum + run.count, 0);
  const side = Math.floor(Math.sqrt(most));
  if (groups >= Math.min(outChannels, most)) {
    return Array.from({ length: Math.min(outChannels, most) }, (_, output) => {
      const input = Array.from({ length: inChannels }, (__, at) => at).find((at) => findPair(support, output, at) >= 0);
      return [output, input ?? 0] as const;
    });
  }
  const inputs = Math.min(side, inChannels);
  const pairs: ChannelPair[] = [];
  for (let output = 0; output < Math.min(Math.floor(most / inputs), outChannels); output++)
    for (let input = 0; input < inputs; input++) pairs.push([output, input]);
  return pairs;
}

/** Loads what the weights are made of. */
export async function loadWeights({ weight }: Operator): Promise<void> {
  for (const source of weight.sources) if (!source.loaded) await source.load();
}

export function pictureOf(
  operators: readonly Operator[],
  grid: readonly (readonly number[])[],
  pairs: readonly ChannelPair[],
): KernelPicture {
  const columns = grid.at(-1)?.length ?? 1;
  const rows = grid.slice(0, -1).reduce((product, axis) => product * axis.length, 1);
  const tiles = pairs.map(() => new Float64Array(rows * columns).fill(Number.NaN));
  for (const operator of operators) addTo(tiles, operator, grid, pairs);
  return { rows, columns, tiles };
}

function addTo(
  tiles: readonly Float64Array[],
  { axes, support, weight }: Operator,
  grid: readonly (readonly number[])[],
  pairs: readonly ChannelPair[],
) {
  const values = readArray(weight);
  const places = placesOf(axes, grid);
  pairs.forEach(([output, input], at) => {
    const pair = findPair(support, output, input);
    if (pair < 0) return;
    places.forEach((place, tap) => {
      const known = tiles[at]![place]!;
      tiles[at]![place] = (Number.isNaN(known) ? 0 : known) + values[pair * places.length + tap]!;
    });
  });
}

/** Where in a tile each tap lies, in the order of the weights. */
function placesOf(axes: Operator['axes'], grid: readonly (readonly number[])[]): number[] {
  return grid.reduce<number[]>(
    (places, offsets, at) => {
      const axis = axes[at] ?? { kernel: 1, dilation: 1, padBegin: 0 };
      const own = Array.from({ length: axis.kernel }, (_, tap) => tap * axis.dilation - axis.padBegin - offsets[0]!);
      return places.flatMap((place) => own.map((offset) => place * offsets.length + offset));
    },
    [0],
  );
}

/** Place of a pair of channels among the pairs that are stored; -1 where it is not. */
function findPair(support: Operator['support'], output: number, input: number): number {
  let offset = 0;
  for (const { count, outStart, outSize, inStart, inSize } of support) {
    const block = Math.floor((output - outStart) / outSize);
    const row = output - outStart - block * outSize;
    const column = input - inStart - block * inSize;
    if (block >= 0 && block < count && column >= 0 && column < inSize)
      return offset + (block * outSize + row) * inSize + column;
    offset += count * outSize * inSize;
  }
  return -1;
}

/** Largest difference between the sum of the branches and the merged kernel on the pairs shown, relative to the largest weight. */
export function compareSum(branches: readonly KernelPicture[], merged: KernelPicture): number {
  let [largest, difference] = [0, 0];
  merged.tiles.forEach((tile, at) => {
    tile.forEach((value, tap) => {
      const parts = branches.map(({ tiles }) => tiles[at]![tap]!).filter((part) => !Number.isNaN(part));
      const sum = parts.reduce((total, part) => total + part, 0);
      const own = Number.isNaN(value) ? 0 : value;
      largest = Math.max(largest, Math.abs(own));
      difference = Math.max(difference, Math.abs(own - sum));
    });
  });
  return largest === 0 ? difference : difference / largest;
}

export function operatorsOf(branches: readonly Branch[]): Operator[] {
  return branches.map(({ operator }) => operator);
}
