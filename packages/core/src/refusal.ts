/** Why something was not fused, as a value. */
import { ReparamError } from './errors.ts';

/** The closed list of reasons. `docs` explains each; adapters may only use these. */
export type RefusalReason =
  | 'activation-between'
  | 'axis-mismatch'
  | 'border'
  | 'broadcast'
  | 'costlier'
  | 'custom-operator'
  | 'different-inputs'
  | 'excluded-by-option'
  | 'excluded-padding'
  | 'graph-input'
  | 'idiom'
  | 'no-branch'
  | 'normalized-already'
  | 'not-a-number'
  | 'not-constant'
  | 'not-implemented'
  | 'not-linear'
  | 'overflow'
  | 'overridable'
  | 'padding-value'
  | 'proof-failed'
  | 'quantized'
  | 'shared'
  | 'size-depends-on-input'
  | 'size-mismatch'
  | 'stride-mismatch'
  | 'subgraph-border'
  | 'training-mode'
  | 'transposed';

/** A fusion that was not made. */
export interface Refusal {
  readonly reason: RefusalReason;
  /** What was found and what would have been needed. */
  readonly message: string;
  /** The one thing that would lift it. */
  readonly hint: string;
}

export function refuse(reason: RefusalReason, message: string, hint: string): Refusal {
  return { reason, message, hint };
}

/** Tells a refusal from the result it stands for. */
export function isRefusal(result: object): result is Refusal {
  return 'reason' in result && 'hint' in result;
}

/** Turns a refusal into the error a public law throws. */
export function throwRefusal(refusal: Refusal): never {
  throw new ReparamError(refusal.message, { code: refusal.reason, hint: refusal.hint });
}
