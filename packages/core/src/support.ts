/**
 * Which output channels read which input channels. A support is a list of blocks; inside a block everything reads everything,
 * outside nothing does. Blocks never share an output or an input channel, so a selection, an embedding or a diagonal costs nothing.
 */

/** `count` equal blocks in a row: block b joins outputs `outStart + b*outSize ...` to inputs `inStart + b*inSize ...`. */
export interface BlockRun {
  readonly count: number;
  readonly outStart: number;
  readonly outSize: number;
  readonly inStart: number;
  readonly inSize: number;
}

/** Sorted by output channel. */
export type Support = readonly BlockRun[];

/** One block of a run, with the place of its weights (in rows of input channels) in the operator's weight array. */
export interface Block {
  readonly outStart: number;
  readonly outSize: number;
  readonly inStart: number;
  readonly inSize: number;
  /** Number of (output, input) channel pairs before this block. */
  readonly offset: number;
}

export function groupedSupport(outChannels: number, inChannels: number, groups: number): Support {
  return [{ count: groups, outStart: 0, outSize: outChannels / groups, inStart: 0, inSize: inChannels / groups }];
}

/** Output `outStart + i` reads input `inStart + i` alone. */
export function diagonalSupport(channels: number, outStart = 0, inStart = 0): Support {
  return [{ count: channels, outStart, outSize: 1, inStart, inSize: 1 }];
}

export function isDiagonal(support: Support): boolean {
  return support.every((run) => run.outSize === 1 && run.inSize === 1);
}

/** The diagonal over all channels: one run, nothing moved. */
export function isFullDiagonal(support: Support, outChannels: number, inChannels: number): boolean {
  const run = support[0];
  return (
    support.length === 1 &&
    outChannels === inChannels &&
    run!.count === outChannels &&
    run!.outSize === 1 &&
    run!.inSize === 1 &&
    run!.outStart === 0 &&
    run!.inStart === 0
  );
}

/** Number of (output, input) channel pairs. */
export function pairCount(support: Support): number {
  return support.reduce((sum, run) => sum + run.count * run.outSize * run.inSize, 0);
}

export function sameSupport(a: Support, b: Support): boolean {
  return (
    a.length === b.length &&
    a.every((run, index) => {
      const other = b[index]!;
      return (
        run.count === other.count &&
        run.outStart === other.outStart &&
        run.outSize === other.outSize &&
        run.inStart === other.inStart &&
        run.inSize === other.inSize
      );
    })
  );
}

/** The runs, block by block, sorted by output channel. */
export function listBlocks(support: Support): Block[] {
  const blocks: Block[] = [];
  let offset = 0;
  for (const run of support) {
    for (let b = 0; b < run.count; b++) {
      const { outSize, inSize } = run;
      blocks.push({ outStart: run.outStart + b * outSize, outSize, inStart: run.inStart + b * inSize, inSize, offset });
      offset += outSize * inSize;
    }
  }
  return blocks;
}

/** The block that writes an output channel, if one does. */
export function blockAt(support: Support, out: number): Block | null {
  let offset = 0;
  for (const { count, outStart, outSize, inStart, inSize } of support) {
    const index = Math.floor((out - outStart) / outSize);
    if (index >= 0 && index < count)
      return {
        outStart: outStart + index * outSize,
        outSize,
        inStart: inStart + index * inSize,
        inSize,
        offset: offset + index * outSize * inSize,
      };
    offset += count * outSize * inSize;
  }
  return null;
}

/** Whether `second` reads any channel that `first` writes. */
export function readsFrom(second: Support, first: Support): boolean {
  return second.some((reader) =>
    first.some(
      (writer) =>
        writer.outStart < reader.inStart + reader.count * reader.inSize &&
        reader.inStart < writer.outStart + writer.count * writer.outSize,
    ),
  );
}

/** Support of `second` after `first`: an output reads what the middle channels it reads do read. */
export function composeSupport(second: Support, first: Support): Support {
  if (keepsChannels(second, Math.max(...first.map((run) => run.outStart + run.count * run.outSize)))) return first;
  if (keepsChannels(first, Math.max(...second.map((run) => run.inStart + run.count * run.inSize)))) return second;
  const middles = listBlocks(first);
  const reached: Range[] = [];
  for (const block of listBlocks(second)) {
    const end = block.inStart + block.inSize;
    for (let m = lowerBound(middles, block.inStart); m < middles.length && middles[m]!.outStart < end; m++) {
      reached.push({ ...middles[m]!, outStart: block.outStart, outSize: block.outSize });
    }
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
  return toRuns(mergeOverlaps(supports.flatMap(listBlocks)));
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
