/** Where ONNX Runtime refuses models that are right. */

import type { VerifyFailure } from '@reparam/core/verify';
import type { OnnxModel } from '../proto/model.ts';

interface Fault {
  readonly found: string;
  readonly remedy: string;
  isIn(model: OnnxModel): boolean;
}

/**
 * Where ONNX's inference of shapes finds another size than is computed. ONNX Runtime plans by it which values share memory, and stops where
 * their sizes turn out to differ.
 */
const FAULTS: readonly Fault[] = [
  {
    found: 'takes a Slice of opset 10 along an axis of free size for the whole axis',
    remedy: 'Fix the sizes of the inputs in the file, or export with opset 11 or later.',
    isIn: ({ opsets }) => opsets.get('') === 10,
  },
  {
    found: 'counts one window too many where ceil_mode lets the last window of a pool begin behind the map',
    remedy: 'Export with ceil_mode off.',
    isIn: ({ graph }) => graph.nodes.some((node) => node.attribute('ceil_mode')?.int === 1),
  },
];

/** The failure, with what is known of it. */
export function explainFailure(failure: VerifyFailure, models: readonly OnnxModel[]): VerifyFailure {
  if (failure.reason !== 'rejected' || !failure.message.includes('re-use buffer')) return failure;
  const fault = FAULTS.find(({ isIn }) => models.some(isIn));
  if (!fault) return failure;
  const message = `${failure.message} The model may be right: ONNX Runtime ${fault.found}. ${fault.remedy}`;
  return { ...failure, message };
}
