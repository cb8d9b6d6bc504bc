/** The element types of ONNX tensors: their numbers in a file, names and sizes. */

/** `TensorProto.DataType`. */
export const DataType = {
  UNDEFINED: 0,
  FLOAT: 1,
  UINT8: 2,
  INT8: 3,
  UINT16: 4,
  INT16: 5,
  INT32: 6,
  INT64: 7,
  STRING: 8,
  BOOL: 9,
  FLOAT16: 10,
  DOUBLE: 11,
  UINT32: 12,
  UINT64: 13,
  COMPLEX64: 14,
  COMPLEX128: 15,
  BFLOAT16: 16,
  FLOAT8E4M3FN: 17,
  FLOAT8E4M3FNUZ: 18,
  FLOAT8E5M2: 19,
  FLOAT8E5M2FNUZ: 20,
  UINT4: 21,
  INT4: 22,
  FLOAT4E2M1: 23,
  FLOAT8E8M0: 24,
  UINT2: 25,
  INT2: 26,
} as const;

/** Bits of one element, in the order of the data types; 0 where a size is not fixed. */
const BITS = [0, 32, 8, 8, 16, 16, 32, 64, 0, 8, 16, 64, 32, 64, 64, 128, 16, 8, 8, 8, 8, 4, 4, 4, 8, 2, 2];

/** Bytes of `count` elements as raw data, or undefined where the type does not say (strings, types of the future). */
export function byteLengthOf(dataType: number, count: number): number | undefined {
  const bits = BITS[dataType];
  return bits ? Math.ceil((count * bits) / 8) : undefined;
}

/** The type's name in the ONNX specification, `data type 99` if it is unknown. */
export function dataTypeName(dataType: number): string {
  const entry = Object.entries(DataType).find(([, value]) => value === dataType);
  return entry?.[0] ?? `data type ${dataType}`;
}
