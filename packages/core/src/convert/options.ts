/** Options of `reparameterize`, the same verb in every adapter. */
import { ReparamError } from '../errors.ts';
import type { Progress } from './report.ts';

export interface ReparameterizeOptions {
  /** Size per dimension of an input, where the file leaves one open. `{ image: [1, 3, 224, 224] }` One that it contradicts is a ShapeError. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  /** Only nodes whose name, output or operator type matches one of these may be rewritten. `*` matches anything. */
  readonly only?: readonly string[];
  /** Nodes whose name, output or operator type matches one of these are left alone. */
  readonly skip?: readonly string[];
  /**
   * What becomes of a shift (bias, BatchNormalization) that zero padding reads. `exact`: nothing merges there. `repair`: where that is
   * cheaper, it becomes a constant map `[1, channels, ...size]` added to the merged convolution or, where a size is free, a channel of ones
   * that the merged convolution reads (ONNX only). Default `exact`.
   */
  readonly border?: 'exact' | 'repair';
  /** Output channels each fusion's proof compares; 'full' for all. Default 32, or fewer where each is long, but 8. */
  readonly proof?: number | 'full';
  /** Seed of the proof's inputs. Default 0. */
  readonly seed?: number;
  /** Decide and report, but write nothing. */
  readonly dryRun?: boolean;
  /** A promise is awaited before the work goes on: time for whatever else waits, such as an interruption. */
  readonly onProgress?: (progress: Progress) => unknown;
  readonly signal?: AbortSignalLike;
}

/** What is used of an `AbortSignal`. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason?: unknown;
}

/** Throws what the signal was aborted with. */
export function throwIfAborted({ signal }: Pick<ReparameterizeOptions, 'signal'>): void {
  if (signal?.aborted) throw signal.reason ?? new ReparamError('The conversion was stopped.', { code: 'aborted' });
}
