/** Between TensorFlow's kernels, `[...taps, in, out]`, and core's, `[out, in, ...taps]`. */
import { derivedArray, type LazyArray, readArray, type Values } from '@reparam/core';

/** `[a, b, c]` to `[c, b, a]`, row-major. */
export function reverseAxes(values: Values, a: number, b: number, c: number): Values {
  const result = values instanceof Float32Array ? new Float32Array(values.length) : new Float64Array(values.length);
  let target = 0;
  for (let k = 0; k < c; k++) {
    for (let j = 0; j < b; j++) {
      for (let i = 0; i < a; i++) result[target++] = values[(i * b + j) * c + k]!;
    }
  }
  return result;
}

/** The kernel of a convolution or, with one tap, of a dense layer. */
export function fromKernel(kernel: LazyArray, taps: number, inChannels: number, outChannels: number): LazyArray {
  return derivedArray(kernel.length, [kernel], (memo) =>
    reverseAxes(readArray(kernel, memo), taps, inChannels, outChannels),
  );
}

/**
 * A depthwise kernel `[...taps, in, multiplier]`, or a transposed convolution's `[...taps, out, in]`: both channel axes stay in order,
 * the taps come last.
 */
export function fromTapsFirst(kernel: LazyArray, taps: number): LazyArray {
  return derivedArray(kernel.length, [kernel], (memo) =>
    reverseAxes(readArray(kernel, memo), taps, 1, kernel.length / taps),
  );
}
