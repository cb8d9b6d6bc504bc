/**
 * A file's skeleton: all of its bytes but the large payloads, which stay in the file as holes. One pass over the source
 * makes it, and every decoder then works on memory, without awaiting anything.
 */

import { UnsupportedError } from '@reparam/core';
import { malformed } from './malformed.ts';
import { LARGE, type MessageKind, MODEL, UNKNOWN } from './schema.ts';
import { type ByteSource, readRange } from './source.ts';
import { BYTES, FIXED32, FIXED64, GROUP_END, GROUP_START, LONGEST_HEADER, VARINT, WireReader } from './wire.ts';

/** A large payload that was left in the file: its range there, and its place in the skeleton. */
export interface Hole {
  readonly start: number;
  readonly end: number;
  readonly at: number;
}

/** A file without its large payloads. */
export interface Skeleton {
  readonly source: ByteSource;
  readonly bytes: Uint8Array;
  /** In the order of the file. */
  readonly holes: readonly Hole[];
}

const SMALLEST_READ = 16 * 1024;
const LARGEST_READ = 1024 * 1024;
const LARGEST_SKELETON = 2 ** 30;
const DEEPEST_MESSAGE = 256;

/** Reads the skeleton of an ONNX file. Throws a FormatError unless the whole file is well-formed down to its large payloads. */
export async function readSkeleton(source: ByteSource): Promise<Skeleton> {
  const scan = new Scan(source.size);
  while (!scan.advance()) {
    const { start, end } = scan.nextRead();
    scan.feed(start, await readRange(source, start, end));
  }
  return { source, bytes: scan.resident(), holes: scan.holes };
}

/** The place in the skeleton of an offset in the file. */
export function skeletonPosition({ holes }: Skeleton, fileOffset: number): number {
  let low = 0;
  let high = holes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holes[middle]!.start < fileOffset) low = middle + 1;
    else high = middle;
  }
  const hole = holes[low - 1];
  return hole === undefined ? fileOffset : hole.at + Math.max(0, fileOffset - hole.end);
}

interface Frame {
  readonly kind: MessageKind;
  /** File offset. */
  readonly end: number;
  /** Field number of the group this is, 0 for a message. */
  readonly group: number;
}

/** Walks a file from window to window; only messages too large to skip are entered. */
class Scan {
  readonly holes: Hole[] = [];
  readonly #size: number;
  readonly #frames: Frame[];
  readonly #pieces: Uint8Array[] = [];
  readonly #reader = new WireReader(new Uint8Array(0));
  #windowStart = 0;
  /** File offset of the next field. */
  #position = 0;
  /** Up to this file offset, bytes are in `pieces` or in a hole. */
  #kept = 0;
  #residentSize = 0;
  #readSize = SMALLEST_READ;

  constructor(size: number) {
    this.#size = size;
    this.#frames = [{ kind: MODEL, end: size, group: 0 }];
  }

  /** Walks as far as the window reaches; true at the end of the file. */
  advance(): boolean {
    for (;;) {
      while (this.#frames.at(-1)?.end === this.#position)
        if (this.#frames.pop()!.group !== 0) throw malformed('a group without an end', 'its end tag');
      if (this.#frames.length === 0) return this.#keep(this.#size) === this.#size;
      const windowEnd = this.#windowStart + this.#reader.bytes.length;
      if (windowEnd < this.#size && this.#position + LONGEST_HEADER > windowEnd) return false;
      this.#walkField(this.#frames.at(-1)!, windowEnd);
    }
  }

  /** The range to feed next. */
  nextRead(): { start: number; end: number } {
    const start = this.#keep(this.#position);
    const end = Math.min(this.#size, Math.max(this.#position, start) + this.#readSize);
    this.#readSize = Math.min(2 * this.#readSize, LARGEST_READ);
    return { start, end };
  }

  feed(start: number, bytes: Uint8Array): void {
    this.#windowStart = start;
    this.#reader.bytes = bytes;
  }

  resident(): Uint8Array {
    if (this.#pieces.length === 1) return this.#pieces[0]!;
    const bytes = new Uint8Array(this.#residentSize);
    let at = 0;
    for (const piece of this.#pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  }

  #walkField(frame: Frame, windowEnd: number): void {
    const reader = this.#reader;
    const windowStart = this.#windowStart;
    reader.position = this.#position - windowStart;
    reader.limit = Math.min(frame.end, windowEnd) - windowStart;
    const tag = reader.readTag();
    const number = tag >>> 3;
    const wireType = tag & 7;
    if (wireType === VARINT || wireType === BYTES) reader.readVarint();
    this.#position = windowStart + reader.position;
    if (wireType === BYTES) this.#walkBytes(frame, number, reader.unsigned);
    else if (wireType === FIXED32) this.#skip(frame, 4);
    else if (wireType === FIXED64) this.#skip(frame, 8);
    else if (wireType === GROUP_START) this.#enter({ kind: UNKNOWN, end: frame.end, group: number });
    else if (wireType === GROUP_END) this.#leaveGroup(frame, number);
    else if (wireType !== VARINT) throw malformed(`wire type ${wireType}`, 'one of protobuf');
  }

  #walkBytes(frame: Frame, number: number, length: number): void {
    const start = this.#position;
    this.#skip(frame, length);
    if (length <= LARGE || frame.kind.needed.includes(number)) return;
    const child = frame.kind.children[number];
    if (child === undefined) this.#leaveHole(start);
    else {
      this.#position = start;
      this.#enter({ kind: child, end: start + length, group: 0 });
    }
  }

  #skip(frame: Frame, length: number): void {
    const end = this.#position + length;
    if (end > this.#size)
      throw malformed(`the end of the file at byte ${this.#size}`, `${end - this.#size} bytes more`);
    if (end > frame.end) throw malformed(`a field that ends at byte ${end}`, `its message to end at ${frame.end}`);
    this.#position = end;
  }

  #enter(frame: Frame): void {
    if (this.#frames.length > DEEPEST_MESSAGE)
      throw malformed('messages nested too deep', `at most ${DEEPEST_MESSAGE}`);
    this.#frames.push(frame);
  }

  #leaveGroup(frame: Frame, number: number): void {
    if (frame.group !== number) throw malformed('the end of a group', 'its start');
    this.#frames.pop();
  }

  #leaveHole(start: number): void {
    this.#keep(start);
    this.holes.push({ start, end: this.#position, at: this.#residentSize });
    this.#kept = this.#position;
    this.#readSize = SMALLEST_READ;
  }

  /** Keeps the window's bytes up to `end`, and returns how far bytes are kept. */
  #keep(end: number): number {
    const { bytes } = this.#reader;
    const until = Math.min(end, this.#windowStart + bytes.length);
    if (until <= this.#kept) return this.#kept;
    this.#pieces.push(bytes.subarray(this.#kept - this.#windowStart, until - this.#windowStart));
    this.#residentSize += until - this.#kept;
    if (this.#residentSize > LARGEST_SKELETON)
      throw new UnsupportedError(`The model has over ${LARGEST_SKELETON} bytes of structure, without its weights.`);
    this.#kept = until;
    return until;
  }
}
