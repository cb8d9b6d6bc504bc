/** Writes a model with nodes and constants exchanged. Everything untouched stays as it is, byte for byte. */

import { UnsupportedError } from '@reparam/core';
import { type Chunk, totalSize } from './chunks.ts';
import { applyEdits } from './edits.ts';
import type { OnnxGraph } from './graph.ts';
import type { OnnxModel } from './model.ts';
import { initializerField, type NewNode, type NewTensor } from './new-parts.ts';
import { patchEdits } from './patch-edits.ts';

/** What to change in one graph. */
export interface GraphPatch {
  /** Indices of nodes. */
  readonly removeNodes: ReadonlySet<number>;
  /** New nodes, each before the original node of that index; the number of nodes means behind the last. */
  readonly insertNodes: readonly { readonly before: number; readonly node: NewNode }[];
  /** New names of inputs, by index of the node that reads them. */
  readonly renameInputs?: ReadonlyMap<number, ReadonlyMap<string, string>>;
  readonly removeInitializers: ReadonlySet<string>;
  readonly addInitializers: readonly NewTensor[];
  readonly removeValueInfos: ReadonlySet<string>;
  /** More inputs and outputs, as fields of the graph. */
  readonly addEnds?: readonly Uint8Array[];
  readonly removeInputs?: ReadonlySet<string>;
  /** What takes the place of outputs of these names, as fields of the graph: not in a function. */
  readonly declareOutputs?: ReadonlyMap<string, Uint8Array> | undefined;
}

/** What to change in a model's graph, and in the graphs inside. */
export interface ModelPatch extends GraphPatch {
  /** Bodies of control flow, and functions: these have no initializers, so that new constants must be nodes there. */
  readonly inner?: ReadonlyMap<OnnxGraph, GraphPatch>;
  /** A new IR version. */
  readonly irVersion?: number;
}

/** The longest message that protobuf readers take. */
const LARGEST_MODEL = 2 ** 31 - 1;

/**
 * The patched model. Without a change these are the bytes of the file.
 * Throws an UnsupportedError if the change makes it longer than the 2 GiB that an ONNX file may have.
 */
export function writeModel(model: OnnxModel, patch: ModelPatch): Chunk[] {
  return checkSize(model, patchModel(model, patch));
}

/** The patched model, of whatever length. */
export function patchModel(model: OnnxModel, patch: ModelPatch): Chunk[] {
  return applyEdits(model.skeleton, patchEdits(model, patch, initializerField));
}

/** Whether a change has made a model too long for protobuf readers. */
export function isTooLarge(model: OnnxModel, chunks: readonly Chunk[]): boolean {
  return totalSize(chunks) > Math.max(LARGEST_MODEL, model.source.size);
}

/** The chunks, or an UnsupportedError if they are too long for protobuf readers. */
export function checkSize(model: OnnxModel, chunks: Chunk[]): Chunk[] {
  if (!isTooLarge(model, chunks)) return chunks;
  throw new UnsupportedError(`The model would have ${totalSize(chunks)} bytes, more than the 2 GiB of an ONNX file.`, {
    code: 'model-too-large',
    hint: 'Write it with its weights in an external file: writeModelFiles of @reparam/onnx/node.',
  });
}
