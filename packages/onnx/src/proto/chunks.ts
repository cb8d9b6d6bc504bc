/** Bytes to write, as a list of chunks: new ones in memory, untouched ones as ranges of where they lie. */

import { UnsupportedError } from '@reparam/core';
import { type ByteSource, readRange } from './source.ts';

/** The bytes of a source from `start` up to `end`. */
export interface Range {
  readonly source: ByteSource;
  readonly start: number;
  readonly end: number;
}

export type Chunk = Uint8Array | Range;

/** Length of a chunk in bytes. */
export function chunkSize(chunk: Chunk): number {
  return chunk instanceof Uint8Array ? chunk.length : chunk.end - chunk.start;
}

/** Length in bytes of all chunks together. */
export function totalSize(chunks: readonly Chunk[]): number {
  return chunks.reduce((size, chunk) => size + chunkSize(chunk), 0);
}

/** Adds chunks to a list. Adjacent ranges of one source become one. */
export function appendChunks(list: Chunk[], chunks: readonly Chunk[]): void {
  for (const chunk of chunks) {
    const last = list.at(-1);
    if (chunkSize(chunk) === 0) continue;
    if (isRange(chunk) && last && isRange(last) && last.source === chunk.source && last.end === chunk.start)
      list[list.length - 1] = { ...last, end: chunk.end };
    else list.push(chunk);
  }
}

/** Copies bytes into one array. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(totalSize(parts));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Copies all chunks into one array. */
export async function collectChunks(chunks: readonly Chunk[]): Promise<Uint8Array<ArrayBuffer>> {
  const size = totalSize(chunks);
  if (size > 2 ** 32) throw new UnsupportedError(`A model of ${size} bytes does not fit into one array.`);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(isRange(chunk) ? await readRange(chunk.source, chunk.start, chunk.end) : chunk, at);
    at += chunkSize(chunk);
  }
  return bytes;
}

/** Chunks read as if they were one file. */
export function chunksSource(chunks: readonly Chunk[]): ByteSource {
  const starts: number[] = [];
  let size = 0;
  for (const chunk of chunks) {
    starts.push(size);
    size += chunkSize(chunk);
  }
  return { size, read: (start, end) => readAcross(chunks, starts, start, end) };
}

async function readAcross(
  chunks: readonly Chunk[],
  starts: readonly number[],
  start: number,
  end: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - start);
  let [low, high] = [0, chunks.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= start) low = middle;
    else high = middle - 1;
  }
  for (let index = low; index < chunks.length && starts[index]! < end; index++) {
    const chunk = chunks[index]!;
    const from = Math.max(0, start - starts[index]!);
    const to = Math.min(chunkSize(chunk), end - starts[index]!);
    const part = isRange(chunk)
      ? await readRange(chunk.source, chunk.start + from, chunk.start + to)
      : chunk.subarray(from, to);
    bytes.set(part, Math.max(0, starts[index]! - start));
  }
  return bytes;
}

function isRange(chunk: Chunk): chunk is Range {
  return !(chunk instanceof Uint8Array);
}
