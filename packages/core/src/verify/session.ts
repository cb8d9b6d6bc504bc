/** A loaded model, whatever runs it. */
import type { TensorData, TensorType } from './tensor-data.ts';

/** What a model says about one of its inputs or outputs. */
export interface ValueMetadata {
  readonly name: string;
  /** null for sequences, maps and other values that are no tensors. */
  readonly type: TensorType | null;
  /** A size, the name of a symbolic size, or null for one without a name. Empty for a scalar, and where the rank is unknown. */
  readonly dims: readonly (number | string | null)[];
}

/** A loaded model. Release it after use. */
export interface Session {
  readonly inputs: readonly ValueMetadata[];
  readonly outputs: readonly ValueMetadata[];
  /** Computes the named outputs, or all that are tensors. Throws the runtime's error if it refuses the feeds. */
  run(feeds: Readonly<Record<string, TensorData>>, fetches?: readonly string[]): Promise<Record<string, TensorData>>;
  release(): Promise<void>;
}
