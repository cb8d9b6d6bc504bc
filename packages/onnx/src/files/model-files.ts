/** Opens and writes models on disk, with the external files beside them. */

/// <reference types="node" />

import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Chunk, totalSize } from '../proto/chunks.ts';
import { type OnnxModel, openModel } from '../proto/model.ts';
import type { ByteSource } from '../proto/source.ts';
import { isTooLarge, type ModelPatch, patchModel } from '../proto/write.ts';
import { externalFilesOf, writeExternalModel } from '../proto/write-external.ts';
import { type FileSource, openFile } from './file-source.ts';
import { type WriteOptions, writeFiles } from './write-files.ts';

/** A model whose files stay open until it is closed. */
export interface OpenModelFile extends OnnxModel {
  /** Closes the model's file and its external files; large weights cannot be loaded any more. */
  close(): void;
}

/**
 * Opens an ONNX file, and finds its external data beside it. Close it after use.
 * Throws a ReparamError if the file cannot be read, a FormatError if it is damaged or lacks an external file.
 */
export async function openModelFile(path: string): Promise<OpenModelFile> {
  const files: FileSource[] = [];
  const open = (filePath: string) => {
    const file = openFile(filePath);
    files.push(file);
    return file;
  };
  const close = () => {
    for (const file of files) file.close();
  };
  try {
    const external = (location: string) => open(join(dirname(path), location));
    return { ...(await openModel(open(path), { external, name: `"${path}"` })), close };
  } catch (error) {
    close();
    throw error;
  }
}

/**
 * Writes a patched model to `path`. If it has external data, or would be longer than 2 GiB, the data goes to one file
 * beside it, named like the model with `_data` behind. Without any change, all files are copied as they are.
 * All files are written, or none: see `writeFiles`.
 */
export async function writeModelFiles(
  path: string,
  model: OnnxModel,
  patch: ModelPatch,
  options: WriteOptions = {},
): Promise<void> {
  await writeFiles(await filesOf(path, model, patch), options);
}

/** What to write, by path; the model last, so that it never stands without its data. */
async function filesOf(path: string, model: OnnxModel, patch: ModelPatch): Promise<Map<string, Chunk[]>> {
  const externals = await externalFilesOf(model);
  const whole = patchModel(model, patch);
  if (whole.length === 1 && totalSize(whole) === model.source.size)
    return new Map([...copiesOf(externals, dirname(path)), [path, whole]]);
  if (externals.size === 0 && !isTooLarge(model, whole)) return new Map([[path, whole]]);
  const location = `${basename(path)}_data`;
  const { model: inside, data } = await writeExternalModel(model, patch, location);
  const files = new Map([[path, inside]]);
  return data.length === 0 ? files : new Map([[join(dirname(path), location), data], ...files]);
}

/** External files as they are, in the folder of the new model, but for those that lie there already. */
function copiesOf(externals: ReadonlyMap<string, ByteSource>, folder: string): Map<string, Chunk[]> {
  const copies = new Map<string, Chunk[]>();
  for (const [location, source] of externals) {
    const target = join(folder, location);
    if ('path' in source && isSameFile(String(source.path), target)) continue;
    if (location.includes('/')) mkdirSync(dirname(target), { recursive: true });
    copies.set(target, [{ source, start: 0, end: source.size }]);
  }
  return copies;
}

function isSameFile(first: string, second: string): boolean {
  return existsSync(second) && realpathSync(first) === realpathSync(second);
}
