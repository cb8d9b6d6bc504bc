/** Reads NumPy's .npy files: little-endian, C order, format versions 1 to 3. */

import { readFile } from 'node:fs/promises';

export interface NpyArray {
  readonly shape: readonly number[];
  /** NumPy's name of the element type without its byte order: `f4`, `f8`, `i4`, `i8`, `u1`, `b1`, `f2` ... */
  readonly dtype: string;
  /** The elements in C order. float16 stays as its bits. */
  readonly data: NpyData;
}

export type NpyData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

const MAGIC = '\x93NUMPY';

const READERS: Readonly<Record<string, (bytes: ArrayBuffer) => NpyData>> = {
  f2: (bytes) => new Uint16Array(bytes),
  f4: (bytes) => new Float32Array(bytes),
  f8: (bytes) => new Float64Array(bytes),
  i1: (bytes) => new Int8Array(bytes),
  i2: (bytes) => new Int16Array(bytes),
  i4: (bytes) => new Int32Array(bytes),
  i8: (bytes) => new BigInt64Array(bytes),
  b1: (bytes) => new Uint8Array(bytes),
  u1: (bytes) => new Uint8Array(bytes),
  u2: (bytes) => new Uint16Array(bytes),
  u4: (bytes) => new Uint32Array(bytes),
  u8: (bytes) => new BigUint64Array(bytes),
};

/** Reads the file at `path`. */
export async function readNpy(path: string | URL): Promise<NpyArray> {
  return parseNpy(await readFile(path));
}

/** Reads the bytes of a .npy file. Throws an Error that says what is not supported. */
export function parseNpy(bytes: Uint8Array): NpyArray {
  if (Buffer.from(bytes.subarray(0, 6)).toString('latin1') !== MAGIC) throw new Error('not a .npy file');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = bytes[6] !== 1; // version 1 has a 2-byte header length, later ones 4
  const start = wide ? 12 : 10;
  const end = start + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  const header = Buffer.from(bytes.subarray(start, end)).toString('utf8');

  const description = /'descr': '([<|])(\w+)'/.exec(header)?.[2];
  const read = description === undefined ? undefined : READERS[description];
  if (description === undefined || read === undefined) throw new Error(`unsupported element type in ${header}`);
  if (/'fortran_order': True/.test(header)) throw new Error('Fortran order is not supported');

  const shape = (/'shape': \(([\d, ]*)\)/.exec(header)?.[1] ?? '').split(',').filter((size) => size.trim() !== '');
  const data = read(new Uint8Array(bytes.subarray(end)).buffer); // a copy, so that it is aligned
  const sizes = shape.map(Number);
  const expected = sizes.reduce((product, size) => product * size, 1);
  if (data.length !== expected) throw new Error(`found ${data.length} elements, expected ${expected}`);
  return { shape: sizes, dtype: description, data };
}
