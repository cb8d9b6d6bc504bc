/** Where ONNX Runtime refuses models that are right. */

import type { VerifyFailure } from '@reparam/core/verify';
import type { OnnxModel } from '../proto/model.ts';

/**
 * The failure, with what is known of it. ONNX's inference of shapes takes the output of a Slice of opset 10 along an axis of free size to be as long
 * as its input; ONNX Runtime plans by that which values share memory, and stops where their sizes turn out to differ.
 */
export function explainFailure(failure: VerifyFailure, models: readonly OnnxModel[]): VerifyFailure {
  const slices = models.some(({ opsets }) => opsets.get('') === 10);
  if (failure.reason !== 'rejected' || !slices || !failure.message.includes('re-use buffer')) return failure;
  const message = `${failure.message} The model may be right: ONNX Runtime takes a Slice of opset 10 along an axis of free size for the whole axis. Fix the sizes of the inputs in the file, or export with opset 11 or later.`;
  return { ...failure, message };
}
