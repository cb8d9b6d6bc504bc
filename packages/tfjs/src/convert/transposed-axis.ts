/** Windows of TensorFlow.js's transposed convolutions. */
import type { Axis } from '@reparam/core';

/**
 * A transposed convolution is the gradient of a convolution from its output to its input, and pads as that does. `same` gives n * stride
 * outputs, `valid` n * stride + max(kernel - stride, 0). Null where over three axes the kernel is smaller than the stride: TensorFlow.js
 * pads by a negative number there.
 */
export function transposedAxis(padding: string, kernel: number, stride: number, rank: number): Axis | null {
  const surplus = kernel - stride;
  if (rank === 3 && surplus < 0) return null;
  if (padding === 'valid') return { kernel, stride, dilation: 1, padBegin: 0, padEnd: Math.min(surplus, 0) };
  if (padding !== 'same') return null;
  const padBegin = Math.floor(Math.max(surplus, 0) / 2);
  return { kernel, stride, dilation: 1, padBegin, padEnd: surplus - padBegin };
}
