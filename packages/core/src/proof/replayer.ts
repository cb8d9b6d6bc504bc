/** What evaluates a rewrite for its proof. */
import type { Affine, ValueId } from '../graph.ts';
import type { Memo } from '../weight.ts';
import type { Replay } from './sizes.ts';

export interface Replayer {
  /** A channel of a value by the definitions that went into the rewrite, or random. */
  channel(value: ValueId, channel: number): Float64Array;
  evaluatorOf(affine: Affine): (channel: number) => Float64Array;
}

/** One for each choice of sizes. `unsigned` leaves out all signs, to tell what rounding errors are relative to. */
export type ListReplayers = (replay: Replay, memo: Memo, seed: number) => ((unsigned: boolean) => Replayer)[];
