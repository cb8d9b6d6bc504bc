/** Finds and checks the bytes of external tensors. Loaded for models that have such. */

import { FormatError } from '@reparam/core';
import type { Range } from './chunks.ts';
import { type ExternalFiles, type ExternalReference, invalidExternal } from './external.ts';
import type { ByteSource } from './source.ts';

/** The bytes a reference means. Throws a FormatError if the file is missing, too short, or holds not `expected` bytes. */
export async function locateExternal(
  files: ExternalFiles,
  reference: ExternalReference,
  tensor: string,
  expected: number | undefined,
): Promise<Range> {
  const { location, offset } = reference;
  const source = await openExternal(files, location, tensor);
  const length = reference.length ?? expected ?? Math.max(0, source.size - offset);
  if (offset + length > source.size)
    throw invalidExternal(
      tensor,
      `bytes ${offset} to ${offset + length} of "${location}"`,
      `at most ${source.size}, its size`,
    );
  if (expected !== undefined && length !== expected)
    throw invalidExternal(tensor, `${length} bytes`, `${expected} by its shape`);
  return { source, start: offset, end: offset + length };
}

async function openExternal(files: ExternalFiles, location: string, tensor: string): Promise<ByteSource> {
  try {
    return await files.open(location);
  } catch (cause) {
    throw new FormatError(
      `Tensor "${tensor}" has its data in "${location}", which cannot be read: ${reasonOf(cause)}`,
      {
        code: 'external-data-missing',
        hint: `Put "${location}" in the folder of the model, as it was exported.`,
        cause,
      },
    );
  }
}

/** Without what the sentence around it says already. */
function reasonOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).replace(/^"[^"]*" cannot be read: /, '');
}
