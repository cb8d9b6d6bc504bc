/** Says what a file is when it is not an ONNX model, from its first bytes. */

import { FormatError } from '@reparam/core';

const WANTED = 'Give an ONNX model.';
const EXPORT = 'Export the model itself: torch.onnx.export in PyTorch.';

/** What other files begin with, from an offset on: their kind, and what to do. */
const KINDS: readonly (readonly [offset: number, start: string, kind: string, hint: string])[] = [
  [0, 'version https://git-lfs', 'a git-lfs pointer', 'Fetch the file it stands for: git lfs pull.'],
  [0, '<', 'a web page', 'Download the file itself, not the page that shows it.'],
  [0, 'PK\x03\x04', 'a zip archive, such as a PyTorch checkpoint', EXPORT],
  [0, '\x80\x02', 'a Python pickle, such as a PyTorch checkpoint', EXPORT],
  [0, '\x1f\x8b', 'a gzip archive', 'Unpack it.'],
  [4, 'ORTM', 'an ONNX Runtime .ort model', 'Give the .onnx model it was made from.'],
  [4, 'TFL3', 'a TensorFlow Lite model', WANTED],
  [0, '\x89HDF', 'an HDF5 file', WANTED],
  [0, '{', 'JSON', WANTED],
  [9, '"__metadata__"', 'a safetensors file', WANTED],
];

/** How many bytes are enough to tell. */
export const HEAD_SIZE = 128;

/** The error for a file that could not be read as a model; `error` says where reading failed. */
export function diagnose(head: Uint8Array, name: string, error: FormatError): FormatError {
  if (head.length === 0) return notOnnx(name, 'empty', 'Download or export the file again.');
  const text = String.fromCharCode(...head);
  const known = KINDS.find(([offset, start]) => text.startsWith(start, offset));
  if (known) return notOnnx(name, known[2], known[3], error);
  if (head.every((byte) => byte >= 9 && byte < 127)) return notOnnx(name, 'text', WANTED, error);
  const { code, hint, cause } = error;
  const message = error.message.replace(/^The (model|file)(?= )/, name);
  return new FormatError(message, { code, ...(hint && { hint }), cause });
}

function notOnnx(name: string, found: string, hint: string, cause?: FormatError): FormatError {
  return new FormatError(`${name} is ${found}, expected an ONNX model.`, { code: 'not-onnx', hint, cause });
}
