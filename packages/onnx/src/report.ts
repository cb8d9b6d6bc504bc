/** What a conversion of an ONNX model says of itself. */
import type { ConversionReport } from '@reparam/core/convert';

export type { Amount, Fusion, ModelSummary, NodeReference, Progress, Refused } from '@reparam/core/convert';

export interface Report extends ConversionReport {
  /** Opset of the default domain. */
  readonly opset: number;
  /** Weights that were graph inputs too, and are plain constants now; only with `freezeWeights`, and where there were such. */
  readonly frozenWeights?: number;
}
