/** Raw little-endian tensor data to float64. */

import { UnsupportedError, type Values } from '@reparam/core';
import { DataType, dataTypeName } from './data-type.ts';
import { decodeBfloat16, decodeFloat16 } from './small-float.ts';

interface ElementArray<Elements> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): Elements;
}

const ARRAYS: { readonly [dataType: number]: ElementArray<ArrayLike<number>> } = {
  [DataType.FLOAT]: Float32Array,
  [DataType.UINT8]: Uint8Array,
  [DataType.INT8]: Int8Array,
  [DataType.UINT16]: Uint16Array,
  [DataType.INT16]: Int16Array,
  [DataType.INT32]: Int32Array,
  [DataType.BOOL]: Uint8Array,
  [DataType.DOUBLE]: Float64Array,
  [DataType.UINT32]: Uint32Array,
};

/**
 * Decodes whole elements of raw data. Integers of 64 bits beyond 2^53 become the nearest double.
 * Throws an UnsupportedError for types without a plain number (strings, complex, packed and 8-bit floats).
 */
export function decodeElements(bytes: Uint8Array, dataType: number): Float64Array {
  return elementDecoder(dataType)(bytes);
}

/** What decodes elements of a type: see `decodeElements`. */
export function elementDecoder(dataType: number): (bytes: Uint8Array) => Float64Array {
  const array = ARRAYS[dataType];
  if (array !== undefined) return (bytes) => new Float64Array(viewAs(array, bytes));
  if (dataType === DataType.FLOAT16) return (bytes) => decodeFloat16(viewAs(Uint16Array, bytes));
  if (dataType === DataType.BFLOAT16) return (bytes) => decodeBfloat16(viewAs(Uint16Array, bytes));
  if (dataType === DataType.INT64) return (bytes) => decodeLongs(viewAs(Uint32Array, bytes), viewAs(Int32Array, bytes));
  if (dataType === DataType.UINT64)
    return (bytes) => decodeLongs(viewAs(Uint32Array, bytes), viewAs(Uint32Array, bytes));
  throw new UnsupportedError(`Elements of type ${dataTypeName(dataType)} cannot be read as numbers.`);
}

/** As `elementDecoder`, but float32 stays float32: nothing is copied where the data lies on its boundary. */
export function elementReader(dataType: number): (bytes: Uint8Array) => Values {
  return dataType === DataType.FLOAT ? (bytes) => viewAs(Float32Array, bytes) : elementDecoder(dataType);
}

/** The bytes as elements; they are copied only where they do not lie on the type's boundary. */
function viewAs<Elements>(array: ElementArray<Elements>, bytes: Uint8Array): Elements {
  const size = array.BYTES_PER_ELEMENT;
  // Not `slice()`: a Node Buffer's slice is a view.
  const { buffer, byteOffset } = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  return new array(buffer, byteOffset, Math.floor(bytes.length / size));
}

function decodeLongs(low: Uint32Array, high: Int32Array | Uint32Array): Float64Array {
  const output = new Float64Array(low.length / 2);
  for (let index = 0; index < output.length; index++) output[index] = high[2 * index + 1]! * 2 ** 32 + low[2 * index]!;
  return output;
}
