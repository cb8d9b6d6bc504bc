/** TensorFlow.js, and the images and labels of digits.bin as tensors. */
import { readFileSync } from 'node:fs';
import * as core from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';

export const tf = { ...core, ...layers }; // or @tensorflow/tfjs

const PIXELS = 64;
const ROW = PIXELS + 1;
const TRAINED = 1347;

/** 1,347 images to train on, and 450 others: `[count, 8, 8, 1]` from 0 to 1, with labels `[count]`. */
export function loadDigits() {
  const bytes = readFileSync(new URL('digits.bin', import.meta.url));
  const part = (/** @type {number} */ from, /** @type {number} */ to) => {
    const own = bytes.subarray(from * ROW, to * ROW);
    const pixels = Float32Array.from(own.filter((_, at) => at % ROW < PIXELS)).map((pixel) => pixel / 16);
    const labels = Float32Array.from(own.filter((_, at) => at % ROW === PIXELS));
    return { images: tf.tensor4d(pixels, [to - from, 8, 8, 1]), labels: tf.tensor1d(labels) };
  };
  return { train: part(0, TRAINED), test: part(TRAINED, bytes.length / ROW) };
}
