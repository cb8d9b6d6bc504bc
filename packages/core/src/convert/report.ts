/** What a conversion says of itself. Plain data: `JSON.stringify` gives the CLI's JSON output. */
import type { RefusalReason } from '../refusal.ts';

/** Size of a model or of a part of one. */
export interface Amount {
  /**
   * Multiply-adds for one inference, symbols at their assumed sizes; null where a shape is unknown. Every body of control flow counts as
   * run once, and a function as often as it is called.
   */
  readonly macs: number | null;
  /** Stored numbers in the constants that are read. */
  readonly parameters: number;
  /** Nodes. */
  readonly operators: number;
}

export interface ModelSummary extends Amount {
  /** File size, external data included. */
  readonly bytes: number;
  /** Nodes by operator type, most frequent first. */
  readonly operatorCounts: Readonly<Record<string, number>>;
}

export interface NodeReference {
  /**
   * Node name, or its first output's where it has none. For a node of a body or a function, the place is before it, as in
   * "If_12/then_branch: conv" or "local::Block: conv".
   */
  readonly name: string;
  readonly opType: string;
}

/** Nodes that were replaced, in however many steps. */
export interface Fusion {
  /** Name of the value that the nodes computed and the new nodes compute, its place before it as with nodes. */
  readonly name: string;
  /** Nodes of the model that are gone. */
  readonly nodes: readonly NodeReference[];
  /** Nodes of the new model that stand for them. */
  readonly into: readonly NodeReference[];
  readonly before: Amount;
  readonly after: Amount;
  /** Proof: largest difference to the replaced nodes in float64, relative to the largest output. */
  readonly error: number;
  /**
   * A constant of the model, such as a ring that holds a bias, was taken for what it stands for, from which it differs by no more than the
   * model's own rounding: `error` may then be up to 1e-6.
   */
  readonly rounded?: true;
  /** Output channels that the proof compared, of how many. */
  readonly proof: { readonly channels: number; readonly totalChannels: number };
  /** Largest change by rounding the fused weights to the model's type, relative to the largest weight. */
  readonly rounding: number;
}

/** Nodes that look as if they could be fused, and why they were not. */
export interface Refused {
  readonly nodes: readonly NodeReference[];
  readonly reason: RefusalReason;
  readonly message: string;
  readonly hint: string;
}

/** What every adapter says; each may add facts of its format. */
export interface ConversionReport {
  readonly fusions: readonly Fusion[];
  readonly refusals: readonly Refused[];
  readonly before: ModelSummary;
  readonly after: ModelSummary;
  /** Producer recorded in the file, such as "pytorch 2.4". */
  readonly producer: string;
  /** Patterns of `only` and `skip` that match no node. */
  readonly unmatchedPatterns: readonly string[];
  /** What symbolic dimensions of the inputs were taken to be when multiply-adds were counted. */
  readonly assumedSizes: Readonly<Record<string, number>>;
}

/** Emitted while a conversion runs. */
export interface Progress {
  readonly stage: 'read' | 'lint' | 'plan' | 'fuse' | 'quantize' | 'write';
  readonly done: number;
  readonly total: number;
}
