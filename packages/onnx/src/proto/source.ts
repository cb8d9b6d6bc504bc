/** Where bytes come from: random access to a file, a browser Blob or bytes in memory. */

import { malformed } from './malformed.ts';

/** Random access to a file's bytes. A read may answer at once or later; a synchronous source costs no await. */
export interface ByteSource {
  /** Length in bytes. */
  readonly size: number;
  /** The bytes from `start` up to `end`; the caller does not change them. */
  read(start: number, end: number): Uint8Array | Promise<Uint8Array>;
  /** Takes back bytes that `read` gave and nobody uses any more. */
  recycle?(bytes: Uint8Array): void;
}

/** What is used of a browser's `Blob` or `File`. */
export interface BlobLike {
  readonly size: number;
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

/** Bytes in memory as a source. Nothing is copied: reads are views. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: (start, end) => bytes.subarray(start, end) };
}

/** A browser `Blob` or `File` as a source: only the ranges that are needed leave the disk. */
export function blobSource(blob: BlobLike): ByteSource {
  return {
    size: blob.size,
    read: async (start, end) => new Uint8Array(await blob.slice(start, end).arrayBuffer()),
  };
}

/** The bytes from `start` up to `end` of a source that answers at once, or later. */
export async function readRange(source: ByteSource, start: number, end: number): Promise<Uint8Array> {
  const answer = source.read(start, end);
  const bytes = answer instanceof Uint8Array ? answer : await answer;
  if (bytes.length !== end - start) throw malformed(`${bytes.length} bytes at offset ${start}`, `${end - start}`);
  return bytes;
}
