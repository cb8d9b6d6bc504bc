/** Models as folders on disk: a model.json and its shards. */

/// <reference types="node" />

import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { FormatError, ReparamError } from '@reparam/core';
import type { ModelArtifacts } from '../artifacts/model-artifacts.ts';
import { formatModelJson, parseModelJson } from './model-json.ts';

const MODEL = 'model.json';

/** The model.json that a path means: itself, or the one in the folder. */
export function modelJsonPath(path: string): string {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ? join(path, MODEL) : path;
}

/**
 * Reads a model.json, given by its path or its folder's, with all shards.
 *
 * @throws ReparamError where a file cannot be read; FormatError where the JSON is none of TensorFlow.js.
 */
export async function readModelFolder(path: string): Promise<ModelArtifacts> {
  const file = modelJsonPath(path);
  const role = file === path ? undefined : 'the model of that folder';
  const { artifacts, paths } = parseModelJson((await readBytes(file, role)).toString('utf8'), file);
  const folder = dirname(file);
  const weightData: ArrayBuffer[] = [];
  for (const shard of paths) {
    const shardPath = resolve(folder, shard);
    if (!shardPath.startsWith(resolve(folder) + sep))
      throw new FormatError(`"${file}" names the shard "${shard}", expected a path within its folder`);
    weightData.push(ownBuffer(await readBytes(shardPath, `a shard that "${file}" names`)));
  }
  return { ...artifacts, weightData };
}

async function readBytes(path: string, role?: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such file.' : code === 'EISDIR' ? 'it is a folder.' : message;
    const subject = role === undefined ? `"${path}"` : `"${path}", ${role},`;
    throw new ReparamError(`${subject} cannot be read: ${reason}`, { code: 'cannot-read', cause });
  }
}

function ownBuffer({ buffer, byteOffset, byteLength }: Buffer): ArrayBuffer {
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
}

export interface WriteFolderOptions {
  /** Whether a model that is in the folder may be replaced; an error otherwise. */
  readonly overwrite?: boolean;
}

/**
 * Writes model.json and its shards of 4 MiB into a folder, which is made where there is none. Whole or not at all: the files are
 * complete before the first takes its place, model.json last.
 *
 * @throws ReparamError where there is a model already, or a file cannot be written.
 */
export function writeModelFolder(folder: string, artifacts: ModelArtifacts, options: WriteFolderOptions = {}): void {
  if (existsSync(join(folder, MODEL)) && !options.overwrite)
    throw new ReparamError(`"${folder}" cannot be written: it has a model.json already.`, {
      code: 'already-exists',
      hint: 'Give another folder, or overwrite: true to replace it.',
    });
  const { json, shards } = formatModelJson(artifacts);
  let staging: string | undefined;
  try {
    const parent = dirname(resolve(folder));
    staging = mkdtempSync(join(parent, `.${basename(folder)}-`));
    for (const [name, bytes] of shards) writeFileSync(join(staging, name), bytes);
    writeFileSync(join(staging, MODEL), json);
    mkdirSync(folder, { recursive: true });
    for (const name of [...shards.keys(), MODEL]) renameSync(join(staging, name), join(folder, name));
    removeOldShards(folder, new Set(shards.keys()));
  } catch (cause) {
    if (cause instanceof ReparamError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    throw cannotWrite(folder, code === 'ENOENT' ? 'its folder does not exist.' : message, cause);
  } finally {
    if (staging !== undefined) rmSync(staging, { recursive: true, force: true });
  }
}

/** Shards of the model that was there before. */
function removeOldShards(folder: string, written: ReadonlySet<string>): void {
  for (const name of readdirSync(folder)) {
    if (/^group\d+-shard\d+of\d+(\.bin)?$/.test(name) && !written.has(name)) rmSync(join(folder, name));
  }
}

function cannotWrite(folder: string, reason: string, cause?: unknown): ReparamError {
  return new ReparamError(`"${folder}" cannot be written: ${reason}`, { code: 'cannot-write', cause });
}
