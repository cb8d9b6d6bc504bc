/** Whether a model's opset has an inference-mode BatchNormalization that all runtimes know. */
import { UnsupportedError } from '@reparam/core';
import type { OnnxModel } from '../proto/model.ts';

const FIRST_OPSET = 7;

/** Throws an UnsupportedError for older opsets, where mode and statistics are written otherwise. */
export function needsNorm({ opsets }: OnnxModel, what: string): void {
  const opset = opsets.get('') ?? 1;
  if (opset >= FIRST_OPSET) return;
  throw new UnsupportedError(`The model has opset ${opset}, and ${what} needs opset ${FIRST_OPSET}.`, {
    hint: 'Export it with a later opset, or convert it: onnx.version_converter.',
  });
}
