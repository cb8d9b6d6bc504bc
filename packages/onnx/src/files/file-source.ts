/** A file on disk as a source: positioned reads, never the whole file. */

/// <reference types="node" />

import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { UnsupportedError } from '@reparam/core';
import type { ByteSource } from '../proto/source.ts';
import { fileError } from './file-error.ts';

/** An open file. */
export interface FileSource extends ByteSource {
  readonly path: string;
  read(start: number, end: number): Uint8Array;
  /** Fills `target` with the bytes from `start` on, and returns how many there were. */
  readInto(target: Uint8Array, start: number): number;
  close(): void;
}

/** One call of `readSync` takes less than 2 GiB. */
const LARGEST_READ = 2 ** 30;

/** Opens a file. Throws a ReparamError if it is not there, not a regular file, or may not be read. */
export function openFile(path: string): FileSource {
  try {
    // Opening a pipe could wait for ever.
    if (!statSync(path).isFile()) throw fileError(path, 'read', 'it is not a file.');
    return new OpenFile(path, openSync(path, 'r'));
  } catch (cause) {
    throw fileError(path, 'read', cause);
  }
}

class OpenFile implements FileSource {
  readonly path: string;
  readonly size: number;
  readonly #descriptor: number;
  /** Memory of reads that were taken back: fresh memory would cost more than the read. */
  #spare: Uint8Array[] = [];
  #closed = false;

  constructor(path: string, descriptor: number) {
    this.path = path;
    this.#descriptor = descriptor;
    this.size = fstatSync(descriptor).size;
  }

  read(start: number, end: number): Uint8Array {
    if (end - start > 2 ** 32)
      throw new UnsupportedError(`${end - start} bytes of "${this.path}" are too many for one array.`);
    const bytes = this.#spareFor(end - start)?.subarray(0, end - start) ?? new Uint8Array(end - start);
    return bytes.subarray(0, this.readInto(bytes, start));
  }

  recycle(bytes: Uint8Array): void {
    this.#spare.push(new Uint8Array(bytes.buffer));
  }

  /** The smallest that is large enough; those that are all too small are let go. */
  #spareFor(length: number): Uint8Array | undefined {
    const fitting = this.#spare.filter((bytes) => bytes.length >= length);
    const smallest = fitting.sort((a, b) => a.length - b.length)[0];
    this.#spare = smallest ? this.#spare.filter((bytes) => bytes !== smallest) : [];
    return smallest;
  }

  readInto(target: Uint8Array, start: number): number {
    let filled = 0;
    while (filled < target.length) {
      const length = Math.min(target.length - filled, LARGEST_READ);
      const count = readSync(this.#descriptor, target, filled, length, start + filled);
      if (count === 0) break;
      filled += count;
    }
    return filled;
  }

  close(): void {
    if (!this.#closed) closeSync(this.#descriptor);
    this.#closed = true;
  }
}
