/** Walks the fields of one message of a skeleton, in the order of the file. */

import { malformed } from './malformed.ts';
import { LARGE } from './schema.ts';
import { type Skeleton, skeletonPosition } from './skeleton.ts';
import { decodeText } from './text.ts';
import { BYTES, FIXED32, FIXED64, GROUP_END, GROUP_START, VARINT, WireReader } from './wire.ts';

/** A message's bytes: places in the skeleton, and what to add to `start` for the offset in the file. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly shift: number;
}

/** A message that is a field, and the offset in the file where that field starts. */
export interface FieldPlace extends Span {
  readonly fileStart: number;
}

/** The whole of a file, which is one message. */
export function wholeFile(skeleton: Skeleton): Span {
  return { start: 0, end: skeleton.bytes.length, shift: 0 };
}

/**
 * The fields of one message. A message may lie in several spans, since a repeated submessage merges with the earlier
 * ones, which equals reading their fields one after the other.
 */
export class Fields extends WireReader {
  /** Field number and wire type of the current field, `number * 8 + wireType`. */
  tag = 0;
  /** Offset in the file of the current field's tag. */
  fileStart = 0;
  /** Place in the skeleton of the current field's value, which ends where `end` says. */
  start = 0;
  end = 0;
  readonly #skeleton: Skeleton;
  readonly #spans: readonly Span[];
  #spanIndex = 0;
  /** File offset minus skeleton position, at the value and after it. */
  #shift = 0;
  #nextShift = 0;

  constructor(skeleton: Skeleton, spans: readonly Span[]) {
    super(skeleton.bytes, 0, 0);
    this.#skeleton = skeleton;
    this.#spans = spans;
  }

  get number(): number {
    return this.tag >>> 3;
  }

  /** Offset in the file where the current value starts, for fields of wire type BYTES. */
  get fileValueStart(): number {
    return this.start + this.#shift;
  }

  get fileEnd(): number {
    return this.end + this.#nextShift;
  }

  /** Whether the current value is in the skeleton, not a hole and without one. */
  get resident(): boolean {
    return this.#shift === this.#nextShift;
  }

  /** The current value as a message. */
  get span(): Span {
    return { start: this.start, end: this.end, shift: this.#shift };
  }

  /** The current value as a message, with where the field is. */
  get place(): FieldPlace {
    return { ...this.span, fileStart: this.fileStart };
  }

  /** The current value as text. */
  get text(): string {
    return decodeText(this.bytes.subarray(this.start, this.end));
  }

  /** Moves to the next field; false after the last. */
  next(): boolean {
    this.position = this.end;
    while (this.position === this.limit) {
      const span = this.#spans[this.#spanIndex++];
      if (span === undefined) return false;
      this.position = span.start;
      this.limit = span.end;
      this.#nextShift = span.shift;
      this.end = span.start;
    }
    this.#shift = this.#nextShift;
    this.fileStart = this.position + this.#shift;
    this.tag = this.readTag();
    this.start = this.position;
    this.#skipValue(this.tag, 0);
    this.end = this.position;
    return true;
  }

  /** Adds the current value, one signed integer or many packed ones, to `numbers`. */
  readIntegers(numbers: number[]): void {
    if ((this.tag & 7) === VARINT) numbers.push(this.signed);
    for (const packed = this.#packed; packed.position < packed.limit; numbers.push(packed.signed)) packed.readVarint();
  }

  /** Adds the current value, one float or many packed ones, to `numbers`. */
  readFloats(numbers: number[]): void {
    if ((this.tag & 7) === FIXED32) numbers.push(this.float);
    for (const packed = this.#packed; packed.position < packed.limit; numbers.push(packed.float)) packed.readFixed32();
  }

  /** Reads the current value if it is packed, nothing otherwise. */
  get #packed(): WireReader {
    return new WireReader(this.bytes, this.start, (this.tag & 7) === BYTES ? this.end : this.start);
  }

  #skipValue(tag: number, depth: number): void {
    const wireType = tag & 7;
    if (wireType === VARINT) this.readVarint();
    else if (wireType === FIXED32) this.readFixed32();
    else if (wireType === FIXED64) this.readFixed64();
    else if (wireType === BYTES) this.#skipBytes(depth);
    else if (wireType === GROUP_START) this.#skipGroup(tag, depth);
    else throw malformed(`wire type ${wireType}`, 'one of protobuf');
  }

  #skipBytes(depth: number): void {
    this.readVarint();
    const length = this.unsigned;
    if (depth === 0) this.start = this.position;
    let end = this.position + length;
    if (length > LARGE) {
      const fileEnd = end + this.#nextShift;
      end = skeletonPosition(this.#skeleton, fileEnd);
      this.#nextShift = fileEnd - end;
    }
    if (end > this.limit) throw malformed(`a value of ${length} bytes`, 'one that ends with its message');
    this.position = end;
  }

  #skipGroup(tag: number, depth: number): void {
    if (depth > 100) throw malformed('groups nested too deep', 'at most 100');
    for (;;) {
      const inner = this.readTag();
      if ((inner & 7) !== GROUP_END) this.#skipValue(inner, depth + 1);
      else if (inner >>> 3 === tag >>> 3) return;
      else throw malformed('the end of a group', 'its start');
    }
  }
}
