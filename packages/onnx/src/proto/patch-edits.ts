/** A patch of the graph as edits of fields. */

import { appendChunks, type Chunk } from './chunks.ts';
import { Edits } from './edits.ts';
import { textField } from './encode.ts';
import { Fields, type Span, wholeFile } from './fields.ts';
import type { OnnxModel } from './model.ts';
import { type NewTensor, nodeField, outputField } from './new-parts.ts';
import type { Skeleton } from './skeleton.ts';
import { BYTES } from './wire.ts';
import type { ModelPatch } from './write.ts';

const GRAPH = (7 << 3) | BYTES;
const NODE = (1 << 3) | BYTES;
const INITIALIZER = (5 << 3) | BYTES;
const VALUE_INFO = (13 << 3) | BYTES;
const SPARSE_INITIALIZER = (15 << 3) | BYTES;

/** The edits that make a patch; `encodeTensor` writes a new initializer. */
export function patchEdits(model: OnnxModel, patch: ModelPatch, encodeTensor: (tensor: NewTensor) => Chunk[]): Edits {
  const { skeleton, graph } = model;
  const edits = new Edits();
  const insertions = groupInsertions(patch, graph.nodes.length);
  let nodeIndex = 0;
  let [lastGraph, lastNode, lastInitializer] = [0, -1, -1];
  const file = new Fields(skeleton, [wholeFile(skeleton)]);
  while (file.next()) {
    if (file.tag !== GRAPH) continue;
    lastGraph = file.fileStart;
    const fields = new Fields(skeleton, [file.span]);
    while (fields.next()) {
      const { tag, fileStart } = fields;
      if (tag === NODE) lastNode = fileStart;
      if (tag === INITIALIZER) lastInitializer = fileStart;
      if (tag === NODE && insertions.has(nodeIndex))
        appendChunks(edits.at(fileStart).before, insertions.get(nodeIndex)!);
      if (isRemoved(skeleton, patch, fields, nodeIndex)) edits.at(fileStart).replacement = [];
      else if (tag === NODE) renameInputs(skeleton, edits, fields.span, patch.renameInputs?.get(nodeIndex));
      if (tag === NODE) nodeIndex++;
    }
  }
  const append = (last: number, chunks: readonly Chunk[] = []) => {
    if (chunks.length > 0) appendChunks(last < 0 ? edits.at(lastGraph).appended : edits.at(last).after, chunks);
  };
  append(lastNode, insertions.get(nodeIndex));
  append(
    lastInitializer,
    patch.addInitializers.flatMap((tensor) => encodeTensor(tensor)),
  );
  append(-1, patch.addOutputs?.map(outputField));
  return edits;
}

/** The new nodes, by the index they stand before. */
function groupInsertions(patch: ModelPatch, nodeCount: number): Map<number, Chunk[]> {
  const insertions = new Map<number, Chunk[]>();
  for (const { before, node } of patch.insertNodes) {
    const index = Math.min(before, nodeCount);
    const same = insertions.get(index);
    if (same) same.push(nodeField(node));
    else insertions.set(index, [nodeField(node)]);
  }
  return insertions;
}

/** Whether a field of the graph is to go. */
function isRemoved(skeleton: Skeleton, patch: ModelPatch, fields: Fields, nodeIndex: number): boolean {
  switch (fields.tag) {
    case NODE:
      return patch.removeNodes.has(nodeIndex);
    case INITIALIZER:
      return removes(patch.removeInitializers, skeleton, fields.span, 8);
    case SPARSE_INITIALIZER:
      return removes(patch.removeInitializers, skeleton, fields.span, 1, 8);
    case VALUE_INFO:
      return removes(patch.removeValueInfos, skeleton, fields.span, 1);
    default:
      return false;
  }
}

function removes(names: ReadonlySet<string>, skeleton: Skeleton, span: Span, ...path: number[]): boolean {
  return names.size > 0 && names.has(textAt(skeleton, span, path));
}

/** The text of a field of a message, or of a message in it: the last one counts. */
function textAt(skeleton: Skeleton, span: Span, [number, ...path]: number[]): string {
  let text = '';
  const fields = new Fields(skeleton, [span]);
  while (fields.next())
    if (fields.tag === number! * 8 + BYTES)
      text = path.length > 0 ? textAt(skeleton, fields.span, path) || text : fields.text;
  return text;
}

function renameInputs(skeleton: Skeleton, edits: Edits, node: Span, names?: ReadonlyMap<string, string>): void {
  if (names === undefined) return;
  const fields = new Fields(skeleton, [node]);
  while (fields.next()) {
    const name = fields.tag === ((1 << 3) | BYTES) ? names.get(fields.text) : undefined;
    if (name !== undefined) edits.at(fields.fileStart).replacement = [textField(1, name)];
  }
}
