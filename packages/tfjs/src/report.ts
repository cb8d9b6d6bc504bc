/** What a conversion of a TensorFlow.js model says of itself. */
import type { ConversionReport } from '@reparam/core/convert';

export interface Report extends ConversionReport {
  readonly format: 'layers-model' | 'graph-model';
}
