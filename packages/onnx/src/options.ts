/** Options of `reparameterize`. */
import type { ReparameterizeOptions as CommonOptions } from '@reparam/core/convert';
import type { KeptPart } from './keep.ts';

export { throwIfAborted } from '@reparam/core/convert';

export interface ReparameterizeOptions extends CommonOptions {
  /** `norm`: the last BatchNormalization behind a merged product stays, for quantization-aware training. */
  readonly keep?: readonly KeptPart[];
}
