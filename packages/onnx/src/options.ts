/** Options of `reparameterize`. */
import type { ReparameterizeOptions as CommonOptions } from '@reparam/core/convert';
import type { Session } from '@reparam/core/verify';
import type { KeptPart } from './keep.ts';

export { throwIfAborted } from '@reparam/core/convert';

export interface ReparameterizeOptions extends CommonOptions {
  /** `norm`: the last BatchNormalization behind a merged product stays, for quantization-aware training. */
  readonly keep?: readonly KeptPart[];
  /**
   * Weights that are graph inputs too, as in all files of IR version 3, become constants, which fuse: callers cannot override them any more.
   * Default false: they are left alone.
   */
  readonly freezeWeights?: boolean;
  /**
   * ONNX Runtime, from `loadRuntime` of `@reparam/onnx/verify`, or a function that gives it, null where there is none. It evaluates
   * constants that weights are computed from by operators which are not evaluated here; it is called only where a model has such.
   */
  readonly runtime?: ConstantRuntime | (() => Promise<ConstantRuntime | null>);
}

/** What is used of a runtime to evaluate constants. */
export interface ConstantRuntime {
  createSession(model: Uint8Array, options?: { readonly optimization?: 'disabled' }): Promise<Session>;
}
