/** Elements that a file holds in typed fields (`float_data`, `int32_data`, ...) to raw little-endian bytes. */

import { byteLengthOf, DataType } from '../elements/data-type.ts';
import { malformed } from './malformed.ts';
import { BYTES, FIXED32, FIXED64, VARINT, WireReader } from './wire.ts';

/** Fields of TensorProto that hold elements. */
const FLOAT_DATA = 4;
const INT32_DATA = 5;
export const STRING_DATA = 6;
const INT64_DATA = 7;
export const RAW_DATA = 9;
const DOUBLE_DATA = 10;
const UINT64_DATA = 11;

/** The field that holds elements of a type. Small types, the bits of float16 among them, share `int32_data`. */
export function typedField(dataType: number): number {
  switch (dataType) {
    case DataType.FLOAT:
    case DataType.COMPLEX64:
      return FLOAT_DATA;
    case DataType.DOUBLE:
    case DataType.COMPLEX128:
      return DOUBLE_DATA;
    case DataType.INT64:
      return INT64_DATA;
    case DataType.UINT32:
    case DataType.UINT64:
      return UINT64_DATA;
    default:
      return INT32_DATA;
  }
}

/** Whether a tag is that of a data field, packed or not. */
export function isTensorData(tag: number): boolean {
  const wireType = tag & 7;
  switch (tag >>> 3) {
    case FLOAT_DATA:
      return wireType === BYTES || wireType === FIXED32;
    case DOUBLE_DATA:
      return wireType === BYTES || wireType === FIXED64;
    case INT32_DATA:
    case INT64_DATA:
    case UINT64_DATA:
      return wireType === BYTES || wireType === VARINT;
    case RAW_DATA:
    case STRING_DATA:
      return wireType === BYTES;
    default:
      return false;
  }
}

/** The fewest bytes in a file that typed data of a raw length takes: floats are stored as they are, integers as varints. */
export function leastLength(dataType: number, byteLength: number): number {
  const field = typedField(dataType);
  return field === FLOAT_DATA || field === DOUBLE_DATA ? byteLength : byteLength / elementSizeOf(dataType);
}

/** Bytes of one element, or of one byte full of smaller ones. */
function elementSizeOf(dataType: number): number {
  return Math.max(1, byteLengthOf(dataType, 1) ?? 1);
}

/** Puts elements one after the other into raw bytes. */
export class RawData {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #elementSize: number;
  readonly #field: number;
  #at = 0;

  constructor(dataType: number, byteLength: number) {
    this.bytes = new Uint8Array(byteLength);
    this.#view = new DataView(this.bytes.buffer);
    this.#elementSize = elementSizeOf(dataType);
    this.#field = typedField(dataType);
  }

  /** Adds the elements of a value of the typed field, packed or not. */
  add(value: Uint8Array): void {
    if (this.#field === FLOAT_DATA || this.#field === DOUBLE_DATA) {
      this.#reserve(value.length);
      this.bytes.set(value, this.#at - value.length);
      return;
    }
    const reader = new WireReader(value);
    while (reader.position < reader.limit) {
      reader.readVarint();
      this.#addInteger(reader.low, reader.high);
    }
  }

  /** The bytes, once they are complete. */
  finish(): Uint8Array {
    if (this.#at !== this.bytes.length) throw this.#wrongLength('fewer');
    return this.bytes;
  }

  #addInteger(low: number, high: number): void {
    const view = this.#view;
    const elementSize = this.#elementSize;
    this.#reserve(elementSize);
    const at = this.#at - elementSize;
    if (elementSize === 1) view.setUint8(at, low);
    else if (elementSize === 2) view.setUint16(at, low, true);
    else view.setUint32(at, low, true);
    if (elementSize === 8) view.setUint32(at + 4, high, true);
  }

  #reserve(size: number): void {
    this.#at += size;
    if (this.#at > this.bytes.length) throw this.#wrongLength('more');
  }

  #wrongLength(found: string): Error {
    return malformed(`${found} elements in a tensor`, `as many as its shape has, ${this.bytes.length} bytes`);
  }
}
