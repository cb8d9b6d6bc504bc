/** Options of `reparameterize` for TensorFlow.js models. */
import type { ReparameterizeOptions } from '@reparam/core/convert';
import type { WeightFormat } from './artifacts/encode-weight.ts';
import type { CustomLifts } from './layers/custom.ts';

export interface TfjsOptions extends ReparameterizeOptions {
  /** Shape of the only input, batch first: settles sizes that the model leaves open. The new model takes no others. */
  readonly inputShape?: readonly number[];
  /** How new weights are stored. Default: float16 where the model has quantized weights, else float32. Others stay as they are. */
  readonly quantization?: WeightFormat;
  /** What layers that TensorFlow.js does not have compute, by class name. Without, nothing merges across them. */
  readonly customLayers?: CustomLifts;
}
