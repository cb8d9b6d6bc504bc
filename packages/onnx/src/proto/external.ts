/**
 * External data: tensors whose bytes lie in another file beside the model.
 * https://github.com/onnx/onnx/blob/main/docs/ExternalData.md
 */

import { FormatError } from '@reparam/core';
import type { Range } from './chunks.ts';
import type { ByteSource } from './source.ts';

/** Opens the file that a model names as `location`, a path relative to the model with forward slashes. */
export type ExternalResolver = (location: string) => ByteSource | Promise<ByteSource>;

/** Where a tensor says its bytes lie. Without a length, up to the end of the file. */
export interface ExternalReference {
  readonly location: string;
  readonly offset: number;
  readonly length: number | undefined;
}

/** Reads the entries of a tensor's `external_data`. Throws a FormatError unless they name a range of a file below the model's folder. */
export function readReference(entries: ReadonlyMap<string, string>, tensor: string): ExternalReference {
  const location = entries.get('location') ?? '';
  // An absolute path, a drive, a backslash, a parent folder or a character that ends paths.
  if (location === '' || /^\/|[\\:\0]|(^|\/)\.\.(\/|$)/.test(location))
    throw invalidExternal(tensor, `the location "${location}"`, 'a file in the folder of the model');
  return {
    location,
    offset: readSize(entries.get('offset') ?? '0', tensor),
    length: entries.has('length') ? readSize(entries.get('length')!, tensor) : undefined,
  };
}

function readSize(text: string, tensor: string): number {
  const size = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(size)) return size;
  throw invalidExternal(tensor, `the offset or length "${text}"`, 'a count of bytes');
}

export function invalidExternal(tensor: string, found: string, expected: string): FormatError {
  return new FormatError(`The external data of tensor "${tensor}" has ${found}, expected ${expected}.`, {
    code: 'external-data',
    hint: 'Export the model again, or save it with its weights inside.',
  });
}

/** The external files of one model, each opened once, when first needed. */
export class ExternalFiles {
  readonly resolver: ExternalResolver | undefined;
  readonly #opened: Map<string, Promise<ByteSource>> = new Map();

  constructor(resolver: ExternalResolver | undefined) {
    this.resolver = resolver;
  }

  /** Whether files can be opened at all. */
  get available(): boolean {
    return this.resolver !== undefined;
  }

  /** The bytes a reference means. Throws a FormatError if the file is missing, too short, or holds not `expected` bytes. */
  async locate(reference: ExternalReference, tensor: string, expected: number | undefined): Promise<Range> {
    const { locateExternal } = await import('./locate-external.ts');
    return locateExternal(this, reference, tensor, expected);
  }

  /** Opens a file, or rejects with why it cannot be. */
  open(location: string): Promise<ByteSource> {
    let source = this.#opened.get(location);
    if (source === undefined) {
      source = Promise.resolve(location).then(this.resolver ?? rejectExternal);
      this.#opened.set(location, source);
    }
    return source;
  }
}

function rejectExternal(): never {
  throw new Error('only the model was given, without its external files.');
}
