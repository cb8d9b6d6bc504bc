/** Tensors as ONNX Runtime takes and gives them, and their elements as plain numbers. */

import { decodeFloat16, encodeSmallFloats, FLOAT16 } from '../elements/small-float.ts';
import { UnsupportedError } from '../errors.ts';

/** ONNX Runtime's names of the element types that can be verified. */
export type TensorType =
  | 'float16'
  | 'float32'
  | 'float64'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'bool'
  | 'string';

/** Elements in C order. float16 are bits in a Uint16Array, or a Float16Array where the platform has one; bool are 0 and 1. */
export type TensorElements = ArrayLike<number> | ArrayLike<bigint> | readonly string[];

/** A tensor: `{ type: 'float32', dims: [1, 3], data: new Float32Array([1, 2, 3]) }`. */
export interface TensorData {
  readonly type: TensorType;
  readonly dims: readonly number[];
  readonly data: TensorElements;
}

interface ElementArray {
  readonly BYTES_PER_ELEMENT: number;
  new (source: ArrayLike<number> | ArrayBufferLike): ArrayLike<number> | ArrayLike<bigint>;
}

/** How elements of numeric types are held. */
export const ARRAYS: { readonly [type: string]: ElementArray } = {
  float16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array as unknown as ElementArray,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array as unknown as ElementArray,
  bool: Uint8Array,
};

/** Whether elements are floating-point numbers. */
export function isFloat(type: TensorType | null): boolean {
  return type?.startsWith('float') ?? false;
}

/** Number of elements that dims mean. */
export function countOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** Numbers as elements of a type. Throws an UnsupportedError for strings. */
export function encodeTensor(type: TensorType, dims: readonly number[], values: Float64Array): TensorData {
  const array = ARRAYS[type];
  if (!array) throw new UnsupportedError(`Elements of type ${type} cannot be made from numbers.`);
  if (type === 'float16') return { type, dims, data: encodeSmallFloats(values, FLOAT16) };
  return { type, dims, data: new array(type.endsWith('64') && !isFloat(type) ? toLongs(values) : values) };
}

/** The same bits for signed and unsigned integers. */
function toLongs(values: Float64Array): ArrayBufferLike {
  return BigInt64Array.from<number>(values, BigInt).buffer;
}

/** The elements as float64; 64-bit integers beyond 2^53 become the nearest double, text NaN. */
export function decodeTensor({ type, data }: TensorData): Float64Array {
  if (type === 'float16' && data instanceof Uint16Array) return decodeFloat16(data);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Float64Array.from<bigint>(data, Number);
  return Float64Array.from<unknown>(data as ArrayLike<unknown>, Number);
}
