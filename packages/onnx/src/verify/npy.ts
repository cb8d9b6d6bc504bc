/**
 * Reads NumPy's .npy files, format versions 1 to 3.
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */

import { FormatError } from '@reparam/core';
import { ARRAYS, countOf, type TensorData, type TensorType } from '@reparam/core/verify';
import { decodeText } from '../proto/text.ts';

/** By NumPy's letter of a kind of number. */
const KINDS: { readonly [letter: string]: string } = { f: 'float', i: 'int', u: 'uint' };

/**
 * Reads the bytes of a .npy file as a tensor: floats of 16, 32 and 64 bits, integers and bool, of either byte order, in
 * C or Fortran order. Throws a FormatError for anything else.
 *
 * @example
 * const report = await verify(train, deploy, { inputs: { image: parseNpy(await readFile('image.npy')) } });
 */
export function parseNpy(bytes: Uint8Array): TensorData {
  const { description, fortran, dims, start } = readHeader(bytes);
  const [, order, letter, bytesEach] = /^([<>=|])([a-z])(\d+)$/.exec(description) ?? [];
  const type = letter === 'b' ? 'bool' : `${KINDS[letter!]}${8 * Number(bytesEach)}`;
  const array = ARRAYS[type];
  if (!array) throw malformed(`elements of type ${description}`, 'floats of 16, 32 or 64 bits, integers or bool');
  const size = array.BYTES_PER_ELEMENT;
  const expected = countOf(dims) * size;
  if (bytes.length - start !== expected)
    throw malformed(`${bytes.length - start} bytes of data`, `${expected} for the shape [${dims.join(', ')}]`);
  const raw = new Uint8Array(bytes.subarray(start)); // a copy: aligned, and free to change
  if (order === '>') swapBytes(raw, size);
  const ordered = fortran && dims.length > 1 ? fromFortran(raw, dims, size) : raw;
  return { type: type as TensorType, dims, data: new array(ordered.buffer) };
}

interface NpyHeader {
  readonly description: string;
  readonly fortran: boolean;
  readonly dims: readonly number[];
  /** Where the data starts. */
  readonly start: number;
}

function readHeader(bytes: Uint8Array): NpyHeader {
  const version = bytes[6] ?? 0;
  if (bytes.length < 12 || String.fromCharCode(...bytes.subarray(0, 6)) !== '\x93NUMPY')
    throw malformed('other bytes', 'the mark of NumPy at its start');
  if (version < 1 || version > 3) throw malformed(`format version ${version}`, '1, 2 or 3');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const head = version === 1 ? 10 : 12;
  const start = head + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (start > bytes.length) throw malformed('a header cut off', `${start} bytes of it`);
  const text = decodeText(bytes.subarray(head, start));
  const shape = /'shape':\s*\(([\d,\sL]*)\)/.exec(text)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const description = /'descr':\s*('[^']*'|\[.*?\],)/.exec(text)?.[1]?.replace(/^'|'$/g, '');
  if (shape === undefined || !order || !description)
    throw malformed(`the header ${text.trim().slice(0, 80)}`, 'a type, an order and a shape');
  const dims = (shape.match(/\d+/g) ?? []).map(Number);
  if (!Number.isSafeInteger(countOf(dims))) throw malformed(`the shape (${shape})`, 'that of an array');
  return { description, fortran: order === 'True', dims, start };
}

function swapBytes(bytes: Uint8Array, size: number): void {
  for (let start = 0; start < bytes.length; start += size) bytes.subarray(start, start + size).reverse();
}

/** Elements whose first axis varies fastest, in the order where the last one does. */
function fromFortran(bytes: Uint8Array, dims: readonly number[], size: number): Uint8Array {
  const output = new Uint8Array(bytes.length);
  const index = dims.map(() => 0);
  for (let target = 0; target < bytes.length; target += size) {
    const source = size * index.reduceRight((place, at, axis) => place * dims[axis]! + at, 0);
    for (let byte = 0; byte < size; byte++) output[target + byte] = bytes[source + byte]!;
    for (let axis = dims.length - 1; axis >= 0 && ++index[axis]! === dims[axis]; axis--) index[axis] = 0;
  }
  return output;
}

function malformed(found: string, expected: string): FormatError {
  return new FormatError(`This is not a .npy file that can be read: found ${found}, expected ${expected}.`, {
    code: 'malformed-npy',
    hint: "Save it with numpy.save('x.npy', array.astype('float32')).",
  });
}
