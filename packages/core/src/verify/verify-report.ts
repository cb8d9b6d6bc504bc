/** What a verification says. Plain data: `JSON.stringify` gives the CLI's JSON output. */

import type { Difference } from './compare.ts';
import type { InputShapes } from './input-shapes.ts';
import type { InputFamily } from './inputs.ts';

/** One run of both models on the same inputs. */
export interface VerifyCase {
  /** How its inputs were drawn. */
  readonly family: InputFamily;
  /** Number among the cases of its family and shapes, from 0. */
  readonly sample: number;
  /** Dims of each input by its name. */
  readonly shapes: InputShapes;
}

/** A case that both models ran; the differences are the largest over all outputs. */
export interface VerifiedCase extends VerifyCase {
  readonly equal: boolean;
  readonly maxAbsolute: number;
  readonly maxRelative: number;
  /** What the second model chooses otherwise. Outputs are those it has where it chooses as the first does. Absent where it does by itself. */
  readonly choices?: readonly HeldChoice[];
}

/** An operator whose result jumps, such as TopK, and goes another way in the second model though it reads the same but for rounding. */
export interface HeldChoice {
  /** Its first output that differs. */
  readonly name: string;
  readonly operator: string;
  /** Largest difference of what it reads, relative to the largest magnitude there. Within the tolerance. */
  readonly maxRelative: number;
}

/** One output over all cases. */
export interface VerifiedOutput {
  readonly name: string;
  /** Element type, in ONNX Runtime's words. */
  readonly type: string;
  readonly equal: boolean;
  /** Largest absolute difference of finite elements. */
  readonly maxAbsolute: number;
  /** Largest difference relative to the largest magnitude in the first model's output of that case. */
  readonly maxRelative: number;
  /** Lowest signal-to-noise ratio of a case in dB; null if nothing differed. */
  readonly snr: number | null;
  /** Share of rows whose largest element is the same one, from 0 to 1; null unless the output is a matrix. Only told: rows with ties may differ. */
  readonly top1: number | null;
  /** Elements that are NaN or infinite in one model and not the same in the other. */
  readonly nonFinite: number;
}

/** Inputs that proved nothing, and why. */
export interface SkippedCase extends VerifyCase {
  readonly reason: string;
}

/**
 * Why models are not equal. interface: inputs or outputs differ in name, type or shape. not-loaded: the runtime takes the
 * first model only. rejected: one model refuses inputs that the other takes. nothing-compared: no inputs were found
 * that the models take. Otherwise how an output differs: its type, its shape, where it is not finite, or its values.
 */
export type VerifyFailureReason = 'interface' | 'not-loaded' | 'rejected' | 'nothing-compared' | Difference;

/** The first value, in the order of the first model's nodes, that both models compute and that differs. */
export interface FirstDivergent {
  readonly name: string;
  /** null where a type, a shape or the place of NaN and infinities differs. */
  readonly maxRelative: number | null;
  /** What computes it, in the first model and in the second. */
  readonly operators: readonly [string, string];
}

export interface VerifyFailure {
  readonly reason: VerifyFailureReason;
  readonly message: string;
  /** The first output that differs. */
  readonly output?: string;
  /** The first case that failed. */
  readonly case?: VerifyCase;
  readonly firstDivergent?: FirstDivergent;
}

/** What `verify` found. */
export interface VerifyReport {
  /** Whether every output of every case is equal within the tolerance, and at least one case ran. */
  readonly equal: boolean;
  /** Allowed difference, relative to the largest magnitude in the first model's output. */
  readonly tolerance: number;
  readonly runtime: { readonly name: string; readonly version: string };
  readonly cases: readonly VerifiedCase[];
  readonly outputs: readonly VerifiedOutput[];
  readonly skipped: readonly SkippedCase[];
  /** Only if they are not equal. */
  readonly failure?: VerifyFailure;
}
