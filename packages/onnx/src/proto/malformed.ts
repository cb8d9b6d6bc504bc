/** The error for bytes that do not follow the format. */

import { FormatError } from '@reparam/core';

/** What a file that breaks the format is reported as: what was found, what was expected, what to do. */
export function malformed(found: string, expected: string): FormatError {
  return new FormatError(`The model is damaged or is not an ONNX model: found ${found}, expected ${expected}.`, {
    code: 'malformed-model',
    hint: 'Download or export the file again.',
  });
}
