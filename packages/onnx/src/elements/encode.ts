/** Float64 to raw little-endian tensor data, rounded once. */

import { UnsupportedError, type Values } from '@reparam/core';
import { DataType, dataTypeName } from './data-type.ts';
import { BFLOAT16, encodeSmallFloats, FLOAT16 } from './small-float.ts';

/** Encoded elements, and whether a finite value became infinite. */
export interface EncodedElements {
  readonly bytes: Uint8Array;
  /** Reads all values: ask where a rounded value is infinite. */
  readonly overflow: boolean;
}

/** Magnitudes from which on the nearest value is infinity: halfway from the largest finite one to the next power of two. */
const TOO_LARGE: { readonly [dataType: number]: number } = {
  [DataType.FLOAT]: 2 ** 128 - 2 ** 103,
  [DataType.FLOAT16]: 2 ** 16 - 2 ** 4,
  [DataType.BFLOAT16]: 2 ** 128 - 2 ** 119,
};

/**
 * Encodes float64 values as floats, which round to nearest, ties to even, as whole numbers of 8 to 64 bits, or as BOOL.
 * Throws an UnsupportedError for other types.
 */
export function encodeElements(values: Values, dataType: number): EncodedElements {
  const { buffer, byteOffset, byteLength } = convert(values, dataType);
  return {
    bytes: new Uint8Array(buffer, byteOffset, byteLength),
    get overflow() {
      return overflows(values, TOO_LARGE[dataType]);
    },
  };
}

function convert(values: Values, dataType: number): ArrayBufferView {
  switch (dataType) {
    case DataType.FLOAT:
      return new Float32Array(values);
    case DataType.DOUBLE:
      return new Float64Array(values);
    case DataType.FLOAT16:
      return encodeSmallFloats(values, FLOAT16);
    case DataType.BFLOAT16:
      return encodeSmallFloats(values, BFLOAT16);
    case DataType.INT32:
      return new Int32Array(values);
    case DataType.INT64:
      return BigInt64Array.from<number>(values, BigInt);
    case DataType.UINT64:
      return BigUint64Array.from<number>(values, BigInt);
    case DataType.INT8:
      return new Int8Array(values);
    case DataType.INT16:
      return new Int16Array(values);
    case DataType.UINT8:
    case DataType.BOOL:
      return new Uint8Array(values);
    case DataType.UINT16:
      return new Uint16Array(values);
    case DataType.UINT32:
      return new Uint32Array(values);
    default:
      throw new UnsupportedError(`Values cannot be written as ${dataTypeName(dataType)}.`);
  }
}

function overflows(values: Values, limit = Infinity): boolean {
  for (let index = 0; index < values.length; index++) {
    const magnitude = Math.abs(values[index]!);
    if (magnitude >= limit && magnitude !== Infinity) return true;
  }
  return false;
}
