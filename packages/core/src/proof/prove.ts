/** Replays a rewrite in float64 against the definitions it replaces, on seeded signed inputs. */
import type { Affine, Moved } from '../graph.ts';
import type { Memo } from '../weight.ts';
import { ChannelReplayer } from './channel-replayer.ts';
import type { ListReplayers, Replayer } from './replayer.ts';
import { chooseSizes, type Replay } from './sizes.ts';

export interface ProofOptions {
  /**
   * Output channels to compare: at most so many, evenly spread; Infinity for all. Default 32, or fewer, but 8, where each takes long, as
   * with wide dilated kernels whose every border is to occur.
   */
  readonly channels?: number | undefined;
  readonly seed?: number;
}

export interface Proof {
  /** Largest difference relative to the largest output, or to the largest term of a sum. */
  readonly error: number;
  /** Output channels compared, of how many. */
  readonly channels: number;
  readonly totalChannels: number;
}

/** A rewrite whose replay differs by more than this is not written. Float64 rounding stays several orders below. */
export const proofTolerance = 1e-10;

/** The same for a form in which terms cancelled within the graph's precision: the model's own rounding stays. */
export const roundedTolerance = 1e-6;

/** Compares the new form with the old definitions. Weights must be loaded. */
export function proveRewrite(replay: Replay, memo: Memo, options: ProofOptions = {}): Proof {
  const { graph, value, affine } = replay;
  const totalChannels = graph.values[value]!.shape[affine.axis] as number;
  const most = Math.min(totalChannels, options.channels ?? 32);
  const seed = options.seed ?? 0;
  let fewest = most;
  let error = 0;
  let compared = 0;
  for (const replayer of listReplayers(replay, memo, seed)) {
    const plain = replayer(false);
    const affordable =
      options.channels === undefined ? affordableChannels(plain.channel(value, 0).length, affine) : most;
    const channels = spread(totalChannels, Math.min(most, affordable));
    fewest = Math.min(fewest, channels.length);
    const outputs = compare(plain, replay, channels);
    compared += outputs.count;
    let here = relativeError(outputs.difference, outputs.largest);
    if (here > proofTolerance)
      here = relativeError(outputs.difference, compare(replayer(true), replay, channels).largest);
    error = Math.max(error, here);
  }
  if (compared === 0) error = Number.POSITIVE_INFINITY; // nothing was proven
  return { error, channels: fewest, totalChannels };
}

/** Channels, each being so long, that the new form takes a few tenths of a second for; at least 8. */
function affordableChannels(length: number, { terms }: Affine): number {
  const reads = terms.reduce((sum, { operator }) => sum + operator.weight.length / operator.outChannels, 0);
  return Math.max(8, Math.floor(2 ** 28 / (length * reads)));
}

const listReplayers: ListReplayers = (replay, memo, seed) => {
  const moved = findMoved(replay);
  if (moved) return moved.replay(replay, memo, seed);
  return chooseSizes(replay).map((sizes) => (unsigned) => new ChannelReplayer(replay, sizes, memo, seed, unsigned));
};

/** A value of the rewrite that is made by moving another one; one that the definitions read as well is a source like others. */
function findMoved({ graph, affine, absorbed }: Replay): Moved | undefined {
  const definitions = [...absorbed].flatMap((id) => graph.values[id]!.definitions);
  const read = new Set(definitions.flatMap(({ terms }) => terms.map((term) => term.value)));
  const others = affine.terms.map((term) => term.value).filter((id) => !read.has(id));
  return [...absorbed, ...others].map((id) => graph.values[id]!.moved).find((moved) => moved !== undefined);
}

function relativeError(difference: number, largest: number): number {
  return difference === 0 ? 0 : difference / (largest || 1);
}

interface Comparison {
  /** Outputs compared. */
  readonly count: number;
  /** Largest output of the definitions. */
  readonly largest: number;
  /** Largest difference of the new form from them. */
  readonly difference: number;
}

function compare(replayer: Replayer, { affine, value }: Replay, channels: readonly number[]): Comparison {
  const fused = replayer.evaluatorOf(affine);
  let count = 0;
  let largest = 0;
  let difference = 0;
  for (const channel of channels) {
    const expected = replayer.channel(value, channel);
    const actual = fused(channel);
    if (expected.length !== actual.length) return { count, largest, difference: Number.POSITIVE_INFINITY };
    count += expected.length;
    for (let p = 0; p < expected.length; p++) {
      largest = Math.max(largest, Math.abs(expected[p]!));
      difference = Math.max(difference, Math.abs(expected[p]! - actual[p]!));
      if (Number.isNaN(actual[p]! - expected[p]!)) difference = Number.POSITIVE_INFINITY;
    }
  }
  return { count, largest, difference };
}

function spread(total: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.floor((i * total) / count));
}
