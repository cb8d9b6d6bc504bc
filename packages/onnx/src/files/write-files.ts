/** Writes files whole or not at all: to a temporary file beside each target, renamed when all are complete. */

/// <reference types="node" />

import { closeSync, linkSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { type Chunk, chunkSize } from '../proto/chunks.ts';
import { readRange } from '../proto/source.ts';
import { existsError, fileError } from './file-error.ts';
import type { FileSource } from './file-source.ts';

export interface WriteOptions {
  /** Whether a file that exists may be replaced; an error otherwise. */
  readonly overwrite?: boolean;
}

const BUFFER_SIZE = 1024 * 1024;
let temporaryCount = 0;

/** Writes a file. Throws a ReparamError, and leaves nothing behind, if it exists or cannot be written. */
export async function writeChunks(path: string, chunks: readonly Chunk[], options: WriteOptions = {}): Promise<void> {
  await writeFiles(new Map([[path, chunks]]), options);
}

/** Writes several files, by path: all of them or, on an error, none. */
export async function writeFiles(
  files: ReadonlyMap<string, readonly Chunk[]>,
  options: WriteOptions = {},
): Promise<void> {
  const { overwrite = false } = options;
  for (const path of files.keys()) checkTarget(path, options);
  const temporaries = new Map<string, string>();
  const created: string[] = [];
  try {
    for (const [path, chunks] of files) {
      const temporary = `${path}.${process.pid}-${temporaryCount++}.tmp`;
      temporaries.set(path, temporary);
      await attempt(path, () => writeTemporary(temporary, chunks));
    }
    for (const [path, temporary] of temporaries) {
      await attempt(path, () => putInPlace(temporary, path, overwrite));
      if (!overwrite) created.push(path);
    }
  } catch (error) {
    for (const path of created) rmSync(path, { force: true });
    throw error;
  } finally {
    for (const temporary of temporaries.values()) rmSync(temporary, { force: true });
  }
}

async function attempt(path: string, action: () => void | Promise<void>): Promise<void> {
  try {
    await action();
  } catch (cause) {
    throw fileError(path, 'written', cause);
  }
}

/** Refuses to replace a file unasked, and to replace folders and devices at all. */
export function checkTarget(path: string, { overwrite = false }: WriteOptions): void {
  const existing = statSync(path, { throwIfNoEntry: false });
  if (existing && !existing.isFile()) throw fileError(path, 'written', 'it exists and is not a file.');
  if (existing && !overwrite) throw existsError(path);
}

async function writeTemporary(path: string, chunks: readonly Chunk[]): Promise<void> {
  const descriptor = openSync(path, 'wx');
  try {
    const buffer = new Uint8Array(Math.min(BUFFER_SIZE, Math.max(...chunks.map(chunkSize), 0)));
    for (const chunk of chunks) {
      if (chunk instanceof Uint8Array) writeAll(descriptor, chunk);
      else if ('readInto' in chunk.source)
        copyRange(descriptor, chunk.source as FileSource, chunk.start, chunk.end, buffer);
      else writeAll(descriptor, await readRange(chunk.source, chunk.start, chunk.end));
    }
  } finally {
    closeSync(descriptor);
  }
}

/** Copies by way of one buffer: fresh memory for each piece would cost more than the copy. */
function copyRange(descriptor: number, source: FileSource, start: number, end: number, buffer: Uint8Array): void {
  for (let at = start; at < end; at += buffer.length) {
    const piece = buffer.subarray(0, Math.min(buffer.length, end - at));
    if (source.readInto(piece, at) < piece.length) throw fileError(source.path, 'read', 'it became shorter meanwhile.');
    writeAll(descriptor, piece);
  }
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at, Math.min(bytes.length - at, 2 ** 30));
}

/** A hard link fails where a file has appeared meanwhile; a rename replaces it. */
function putInPlace(temporary: string, path: string, overwrite: boolean): void {
  if (!overwrite) {
    try {
      linkSync(temporary, path);
      return;
    } catch (error) {
      if ((error as { code?: string }).code === 'EEXIST') throw error;
      // This file system has no hard links.
    }
  }
  renameSync(temporary, path);
}
