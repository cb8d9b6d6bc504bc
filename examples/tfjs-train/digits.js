/** The images and labels of digits.bin as tensors. */
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';

const PIXELS = 64;
const TRAINED = 1347;

/** 1,347 images to train on, and 450 others: `[count, 8, 8, 1]` from 0 to 1, with labels `[count]`. */
export function loadDigits() {
  const bytes = readFileSync(new URL('digits.bin', import.meta.url));
  const count = bytes.length / (PIXELS + 1);
  const part = (/** @type {number} */ from, /** @type {number} */ to) => {
    const rows = Array.from({ length: to - from }, (_, row) => bytes.subarray((from + row) * (PIXELS + 1)));
    const pixels = Float32Array.from({ length: rows.length * PIXELS }, (_, at) => {
      return rows[Math.floor(at / PIXELS)][at % PIXELS] / 16;
    });
    const labels = Float32Array.from(rows, (row) => row[PIXELS]);
    return { images: tf.tensor4d(pixels, [rows.length, 8, 8, 1]), labels: tf.tensor1d(labels) };
  };
  return { train: part(0, TRAINED), test: part(TRAINED, count) };
}
