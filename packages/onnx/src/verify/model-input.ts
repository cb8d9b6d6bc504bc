/** Models to run, as callers give them: opened for their structure, and ready for a runtime to load. */

import { UnsupportedError } from '@reparam/core';
import { fileError } from '../files/file-error.ts';
import { collectChunks } from '../proto/chunks.ts';
import type { ExternalResolver } from '../proto/external.ts';
import { type OnnxModel, openModel } from '../proto/model.ts';
import { inputField, outputField } from '../proto/new-parts.ts';
import { type ByteSource, bytesSource, readRange } from '../proto/source.ts';
import { writeModel } from '../proto/write.ts';
import { externalFilesOf } from '../proto/write-external.ts';
import { importModule, inNode } from './import-module.ts';
import type { Runtime } from './runtime.ts';
import type { Session, SessionOptions } from './session.ts';

/** A model: the path of a file (in Node), the bytes of one, or bytes and its external data files by location. */
export type ModelInput =
  | string
  | Uint8Array
  | { readonly bytes: Uint8Array; readonly externalData: Readonly<Record<string, Uint8Array>> };

/** An opened model. */
export interface OpenInput {
  readonly model: OnnxModel;
  load(runtime: Runtime, options: SessionOptions, probe?: Probe): Promise<Session>;
  close(): Promise<void>;
}

/** Values inside that a model gives out or takes, by name. */
export interface Probe {
  readonly outputs: readonly string[];
  /** Given in place of the nodes that compute them, with the element types of files. */
  readonly inputs?: ReadonlyMap<string, number>;
}

/** Opens a model. Throws a ReparamError if it cannot be read, a FormatError if it is no ONNX model. */
export async function openInput(input: ModelInput): Promise<OpenInput> {
  const files: OpenFile[] = [];
  const open = async (path: string) => {
    const file = await openFile(path);
    files.push(file);
    return file;
  };
  const close = async () => {
    await Promise.all(files.map((file) => file.close()));
  };
  try {
    const path = typeof input === 'string' ? input : undefined;
    const source = path === undefined ? bytesSource(bytesOf(input)) : await open(path);
    const model = await openModel(source, { external: externalOf(input, open), name: path && `"${path}"` });
    return { model, close, load: (...parameters) => loadModel(model, path, ...parameters) };
  } catch (error) {
    await close();
    throw error;
  }
}

function bytesOf(input: ModelInput): Uint8Array {
  if (input instanceof Uint8Array) return input;
  return (input as { readonly bytes: Uint8Array }).bytes;
}

function externalOf(input: ModelInput, open: (path: string) => Promise<ByteSource>): ExternalResolver | undefined {
  if (input instanceof Uint8Array) return undefined;
  if (typeof input === 'string') return (location) => open(input.replace(/[^/\\]*$/, location));
  return (location) => {
    const bytes = input.externalData[location];
    if (bytes === undefined) throw new Error('it was not given.');
    return bytesSource(bytes);
  };
}

async function loadModel(
  model: OnnxModel,
  path: string | undefined,
  runtime: Runtime,
  options: SessionOptions,
  probe?: Probe,
): Promise<Session> {
  const known = new Set(model.graph.outputs.map(({ name }) => name));
  const outputs = probe?.outputs.filter((name) => !known.has(name)) ?? [];
  const inputs = probe?.inputs ?? new Map<string, number>();
  const isWhole = outputs.length === 0 && inputs.size === 0;
  if (path !== undefined && runtime.readsPaths && isWhole) return runtime.createSession(path, options);
  const bytes = isWhole ? await wholeFile(model.source) : await probedModel(model, { outputs, inputs });
  const externalData: Record<string, Uint8Array> = {};
  for (const [location, source] of await externalFilesOf(model)) externalData[location] = await wholeFile(source);
  return runtime.createSession(bytes, { ...options, externalData });
}

function probedModel(model: OnnxModel, { outputs, inputs }: Required<Probe>): Promise<Uint8Array> {
  const given = model.graph.nodes.filter((node) => node.outputs.some((name) => inputs.has(name)));
  const patch = {
    removeNodes: new Set(given.map(({ index }) => index)),
    insertNodes: [],
    removeInitializers: new Set<never>(),
    addInitializers: [],
    removeValueInfos: new Set(inputs.keys()),
    addEnds: [...[...inputs].map(([name, type]) => inputField(name, type)), ...outputs.map(outputField)],
  };
  return collectChunks(writeModel(model, patch));
}

function wholeFile(source: ByteSource): Promise<Uint8Array> {
  return readRange(source, 0, source.size);
}

interface OpenFile extends ByteSource {
  close(): Promise<void>;
}

/** What is used of a `FileHandle`. */
interface FileHandle {
  stat(): Promise<{ readonly size: number }>;
  read(target: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
  close(): Promise<void>;
}

async function openFile(path: string): Promise<OpenFile> {
  if (!inNode)
    throw new UnsupportedError(`"${path}" is a path, and paths are read in Node only.`, {
      code: 'path-in-browser',
      hint: 'Give the bytes of the model.',
    });
  try {
    const files = (await importModule('node:fs/promises')) as { open(path: string): Promise<FileHandle> };
    const handle = await files.open(path);
    return {
      size: (await handle.stat()).size,
      read: (start, end) => readFile(handle, start, end),
      close: () => handle.close(),
    };
  } catch (cause) {
    throw fileError(path, 'read', cause);
  }
}

async function readFile(handle: FileHandle, start: number, end: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - start);
  let filled = 0;
  while (filled < bytes.length) {
    // One read takes less than 2 GiB.
    const { bytesRead } = await handle.read(bytes, filled, Math.min(bytes.length - filled, 2 ** 30), start + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
