/** Why models are not equal though they may be right: what ONNX Runtime refuses, and random numbers. */

import type { VerifyFailure } from '@reparam/core/verify';
import { isRandom } from '../analysis/random.ts';
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
  const known = explainMessage(failure, models);
  return known === undefined ? failure : { ...failure, message: `${failure.message} ${known}` };
}

function explainMessage({ reason, message }: VerifyFailure, models: readonly OnnxModel[]): string | undefined {
  if (reason === 'nothing-compared') {
    const drawing = models[0]!.graph.nodes.find(isRandom)?.opType;
    return drawing && `${drawing} draws random numbers: if it is dropout or drop path, export after model.eval().`;
  }
  if (reason !== 'rejected' || !message.includes('re-use buffer')) return undefined;
  const fault = FAULTS.find(({ isIn }) => models.some(isIn));
  return fault && `The model may be right: ONNX Runtime ${fault.found}. ${fault.remedy}`;
}
