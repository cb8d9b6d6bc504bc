/**
 * The protobuf wire format's primitives.
 * https://protobuf.dev/programming-guides/encoding/: a message is a list of fields, each a tag (field number and wire type) and a value.
 */

import { malformed } from './malformed.ts';

/** Wire types, the low three bits of a tag. */
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const GROUP_START = 3;
export const GROUP_END = 4;
export const FIXED32 = 5;

/** A tag and a length at their longest. */
export const LONGEST_HEADER = 20;

const HIGH = 2 ** 32;
const scratch = new DataView(new ArrayBuffer(8));

/** Reads primitives from bytes in memory. The last number read stays in `low` and `high`. */
export class WireReader {
  bytes: Uint8Array;
  position: number;
  /** Where reading must stop. */
  limit: number;
  /** The two 32-bit halves of the last number read. */
  low = 0;
  high = 0;

  constructor(bytes: Uint8Array, position = 0, limit: number = bytes.length) {
    this.bytes = bytes;
    this.position = position;
    this.limit = limit;
  }

  /** The last number read, as an unsigned integer. */
  get unsigned(): number {
    return (this.high >>> 0) * HIGH + (this.low >>> 0);
  }

  /** The last number read, as a signed 64-bit integer; exact up to 2^53, else the nearest double. */
  get signed(): number {
    return (this.high | 0) * HIGH + (this.low >>> 0);
  }

  /** The last four bytes read, as a float. */
  get float(): number {
    scratch.setUint32(0, this.low);
    return scratch.getFloat32(0);
  }

  /** Reads a varint of any valid length, minimal or not. */
  readVarint(): void {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#readByte();
      const bits = byte & 0x7f;
      if (shift < 32) low |= bits << shift;
      if (shift > 28) high |= bits << (shift - 32);
      else if (shift === 28) high = bits >>> 4;
      if (byte < 128) {
        this.low = low;
        this.high = high;
        return;
      }
    }
    throw malformed('a number longer than ten bytes', 'a protobuf varint');
  }

  /** Reads and returns a tag: a field's number and wire type, `number * 8 + wireType`. */
  readTag(): number {
    this.readVarint();
    const tag = this.low >>> 0;
    if (this.high !== 0 || tag < 8) throw malformed('no field number', 'a protobuf field');
    return tag;
  }

  /** Reads four bytes into `low`. */
  readFixed32(): void {
    this.low = this.#readByte() | (this.#readByte() << 8) | (this.#readByte() << 16) | (this.#readByte() << 24);
  }

  /** Reads eight bytes into `low` and `high`. */
  readFixed64(): void {
    this.readFixed32();
    const low = this.low;
    this.readFixed32();
    this.high = this.low;
    this.low = low;
  }

  #readByte(): number {
    if (this.position >= this.limit) throw malformed('the end of a message', 'the rest of a field');
    return this.bytes[this.position++]!;
  }
}
