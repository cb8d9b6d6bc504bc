/** Supports of compositions and sums. */
import { type Block, type BlockRun, isFullDiagonal, listBlocks, type Support, sameSupport } from './support.ts';

/** Support of `second` after `first`: an output reads what the middle channels it reads do read. */
export function composeSupport(second: Support, first: Support): Support {
  if (keepsChannels(second, Math.max(...first.map((run) => run.outStart + run.count * run.outSize)))) return first;
  if (keepsChannels(first, Math.max(...second.map((run) => run.inStart + run.count * run.inSize)))) return second;
  const middles = listBlocks(first);
  const reached: Range[] = [];
  for (const { outStart, outSize, inStart, inSize } of listBlocks(second)) {
    let read: Range | undefined; // all of it: one block's outputs join what it reads
    for (let m = lowerBound(middles, inStart); m < middles.length && middles[m]!.outStart < inStart + inSize; m++)
      read = read ? hull(read, middles[m]!) : middles[m];
    if (read) reached.push({ ...read, outStart, outSize });
  }
  return toRuns(mergeOverlaps(reached));
}

/** A diagonal over all of so many channels: composed with it, a support stays as it is. */
function keepsChannels(support: Support, channels: number): boolean {
  const count = support[0]?.count ?? 0;
  return count >= channels && isFullDiagonal(support, count, count);
}

/** Smallest support that holds all of them. */
export function unionSupport(supports: readonly Support[]): Support {
  const [first, ...rest] = supports;
  if (first && rest.every((support) => sameSupport(first, support))) return first;
  const runs = new Map<string, BlockRun[]>();
  for (const run of supports.flat()) {
    const key = `${run.outStart} ${run.count * run.outSize}`;
    runs.set(key, [...(runs.get(key) ?? []), run]);
  }
  return toRuns(mergeOverlaps([...runs.values()].flatMap(joinApart)));
}

/** The blocks of runs that write the same channels. Where two of them read apart, what is between joins all that both read into one. */
function joinApart(runs: readonly BlockRun[]): readonly Range[] {
  const start = Math.max(...runs.map((run) => run.inStart));
  const isApart = runs.some((run) => run.inStart + run.count * run.inSize <= start);
  return isApart ? [runs.map(wholeRun).reduce(hull)] : listBlocks(runs);
}

function wholeRun({ count, outStart, outSize, inStart, inSize }: BlockRun): Range {
  return { outStart, outSize: count * outSize, inStart, inSize: count * inSize };
}

/** Index of the first block that ends after output channel `out`. */
export function lowerBound(blocks: readonly Range[], out: number): number {
  let low = 0;
  let high = blocks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (blocks[middle]!.outStart + blocks[middle]!.outSize <= out) low = middle + 1;
    else high = middle;
  }
  return low;
}

type Range = Omit<Block, 'offset'>;

/** Joins ranges until no two share an output or an input channel; a joined range is the hull, which only adds zeros. */
function mergeOverlaps(ranges: Range[]): Range[] {
  let current = ranges;
  for (;;) {
    const byInput = sweep(current, 'in');
    const merged = sweep(byInput, 'out');
    if (merged.length === byInput.length && byInput.length === current.length) return merged;
    current = merged;
  }
}

function sweep(ranges: readonly Range[], side: 'in' | 'out'): Range[] {
  const start = side === 'in' ? 'inStart' : 'outStart';
  const size = side === 'in' ? 'inSize' : 'outSize';
  const sorted = [...ranges].sort((a, b) => a[start] - b[start]);
  const result: Range[] = [];
  for (const range of sorted) {
    const last = result.at(-1);
    if (last && range[start] < last[start] + last[size]) result[result.length - 1] = hull(last, range);
    else result.push(range);
  }
  return result;
}

function hull(a: Range, b: Range): Range {
  const outStart = Math.min(a.outStart, b.outStart);
  const inStart = Math.min(a.inStart, b.inStart);
  return {
    outStart,
    outSize: Math.max(a.outStart + a.outSize, b.outStart + b.outSize) - outStart,
    inStart,
    inSize: Math.max(a.inStart + a.inSize, b.inStart + b.inSize) - inStart,
  };
}

function toRuns(ranges: readonly Range[]): Support {
  const runs: BlockRun[] = [];
  for (const { outStart, outSize, inStart, inSize } of ranges) {
    const last = runs.at(-1);
    const follows =
      last &&
      last.outSize === outSize &&
      last.inSize === inSize &&
      last.outStart + last.count * outSize === outStart &&
      last.inStart + last.count * inSize === inStart;
    if (follows) runs[runs.length - 1] = { ...last, count: last.count + 1 };
    else runs.push({ count: 1, outStart, outSize, inStart, inSize });
  }
  return runs;
}
