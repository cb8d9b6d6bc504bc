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
