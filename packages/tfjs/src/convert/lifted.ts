/** What lifts answer: definitions with value names in place of ids. Channels are on axis 1 of core's view of a value. */
import type { LazyArray, Operator, Refusal, Size } from '@reparam/core';

export interface NamedAffine {
  readonly terms: readonly {
    readonly operator: Operator;
    readonly input: string;
    /** Spatial sizes of what it reads, where that is the input as padding whose amounts are not known leaves it: see `PaddedSize`. */
    readonly padded?: readonly Size[] | undefined;
  }[];
  readonly bias: LazyArray | null;
}

/** A definition of each output; a refusal where the node only looks linear; null where it is not. */
export type Lifted = readonly NamedAffine[] | Refusal | null;

/** One operator on one input. */
export function oneTerm(input: string, operator: Operator, padded?: readonly Size[]): NamedAffine {
  return { terms: [{ operator: { ...operator, bias: null }, input, padded }], bias: operator.bias };
}
