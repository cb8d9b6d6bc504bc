/** Operators whose outputs differ from run to run. */
import type { OnnxNode } from '../proto/node.ts';

/** Whether a node draws random numbers: of ONNX and of ONNX Runtime itself. A Dropout does so in training mode alone. */
export function isRandom({ opType }: Pick<OnnxNode, 'opType'>): boolean {
  return /Random|Multinomial|Bernoulli/.test(opType);
}
