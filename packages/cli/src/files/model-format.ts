/** The format of a model, by its content: a folder, or a file of JSON, is TensorFlow.js; all else is ONNX. */

import { closeSync, openSync, readSync, statSync } from 'node:fs';

export type ModelFormat = 'onnx' | 'tfjs';

/** No ONNX file begins as JSON does: it would be a field that there is not. */
export function formatOf(path: string): ModelFormat {
  try {
    if (statSync(path).isDirectory()) return 'tfjs';
    return ['{', '['].includes(firstCharacter(path)) ? 'tfjs' : 'onnx';
  } catch {
    return 'onnx'; // whoever reads it says what is wrong
  }
}

function firstCharacter(path: string): string {
  const descriptor = openSync(path, 'r');
  try {
    const bytes = new Uint8Array(64);
    const count = readSync(descriptor, bytes, 0, bytes.length, 0);
    return new TextDecoder().decode(bytes.subarray(0, count)).trimStart().charAt(0);
  } finally {
    closeSync(descriptor);
  }
}
