/** Writes a model whose weights lie outside: the model, and one file with the data of all of its external tensors. */

import { type Chunk, chunkSize } from './chunks.ts';
import { applyEdits, Edits } from './edits.ts';
import { Fields, type Span, wholeFile } from './fields.ts';
import type { OnnxModel } from './model.ts';
import { type ExternalPlace, externalFields, initializerField } from './new-parts.ts';
import { patchEdits } from './patch-edits.ts';
import { GRAPH, type MessageKind, MODEL, TENSOR } from './schema.ts';
import type { Skeleton } from './skeleton.ts';
import type { ByteSource } from './source.ts';
import { readTensor } from './tensor.ts';
import { BYTES } from './wire.ts';
import { checkSize, type ModelPatch } from './write.ts';

/** New tensors up to this size stay in the model. */
const LARGEST_INSIDE = 1024;
/** Tensors over 1 MiB start where every system can map a file into memory. */
const LARGE_TENSOR = 1024 * 1024;
const LARGE_ALIGNMENT = 64 * 1024;
const SMALL_ALIGNMENT = 16;

/** The field of AttributeProto with a list of tensors; elsewhere in it and in sparse tensors, fields of one number are one tensor. */
const TENSORS = 10;

/** A model, and the external file that it names. */
export interface ExternalModel {
  readonly model: Chunk[];
  /** Empty if no tensor is external. */
  readonly data: Chunk[];
}

/** The patched model, with the external tensors it still has and the new ones above 1 KiB in a file called `location`. */
export async function writeExternalModel(
  model: OnnxModel,
  patch: ModelPatch,
  location: string,
): Promise<ExternalModel> {
  const file = new DataFile(location);
  const edits = patchEdits(model, patch, (tensor) =>
    initializerField(tensor, chunkSize(tensor.bytes) > LARGEST_INSIDE ? file.add(tensor.bytes) : undefined),
  );
  const { skeleton } = model;
  for (const spans of tensorsIn(skeleton, edits, MODEL, wholeFile(skeleton))) {
    const tensor = readTensor(model, spans);
    const range = await tensor.locate();
    if (range === undefined) continue;
    const place = file.add(range, `${tensor.external!.location}:${range.start}:${range.end}`);
    moveTensor(skeleton, edits, spans, place);
  }
  return { model: checkSize(model, applyEdits(skeleton, edits)), data: file.chunks };
}

/** The external files that a model names anywhere, by their location. */
export async function externalFilesOf(model: OnnxModel): Promise<Map<string, ByteSource>> {
  const { skeleton } = model;
  const files = new Map<string, ByteSource>();
  for (const spans of tensorsIn(skeleton, new Edits(), MODEL, wholeFile(skeleton))) {
    const tensor = readTensor(model, spans);
    const range = await tensor.locate();
    if (range) files.set(tensor.external!.location, range.source);
  }
  return files;
}

/** All tensors that stay after the edits, at any depth, each as the spans that make it up. */
function* tensorsIn(skeleton: Skeleton, edits: Edits, kind: MessageKind, span: Span): Generator<Span[]> {
  const single = new Map<number, Span[]>();
  const fields = new Fields(skeleton, [span]);
  while (fields.next()) {
    const { number } = fields;
    const child = (fields.tag & 7) === BYTES ? kind.children[number] : undefined;
    if (child === undefined || edits.get(fields.fileStart)?.replacement) continue;
    if (child !== TENSOR) yield* tensorsIn(skeleton, edits, child, fields.span);
    else if (kind === GRAPH || number === TENSORS) yield [fields.span];
    else if (single.has(number)) single.get(number)!.push(fields.span);
    else single.set(number, [fields.span]);
  }
  yield* single.values();
}

/** Points a tensor to its new place. */
function moveTensor(skeleton: Skeleton, edits: Edits, spans: readonly Span[], place: ExternalPlace): void {
  let entries = externalFields(place);
  const fields = new Fields(skeleton, spans);
  while (fields.next()) {
    if (fields.tag !== ((13 << 3) | BYTES)) continue;
    edits.at(fields.fileStart).replacement = entries;
    entries = [];
  }
}

/** The external file, as it grows. */
class DataFile {
  readonly chunks: Chunk[] = [];
  readonly #location: string;
  readonly #places: Map<string, ExternalPlace> = new Map();
  #size = 0;

  constructor(location: string) {
    this.#location = location;
  }

  /** Adds a tensor's data; data of the same key, which tensors share, only once. */
  add(data: Chunk, key?: string): ExternalPlace {
    const known = key === undefined ? undefined : this.#places.get(key);
    if (known) return known;
    const length = chunkSize(data);
    const alignment = length > LARGE_TENSOR ? LARGE_ALIGNMENT : SMALL_ALIGNMENT;
    const offset = Math.ceil(this.#size / alignment) * alignment;
    this.chunks.push(new Uint8Array(offset - this.#size), data);
    this.#size = offset + length;
    const place = { location: this.#location, offset, length };
    if (key !== undefined) this.#places.set(key, place);
    return place;
  }
}
