/** A patch of a model's graphs as edits of fields. */

import { appendChunks, type Chunk } from './chunks.ts';
import { Edits } from './edits.ts';
import { integerField, textField } from './encode.ts';
import { Fields, type Span, wholeFile } from './fields.ts';
import type { OnnxGraph } from './graph.ts';
import type { OnnxModel } from './model.ts';
import { type NewTensor, nodeField } from './new-parts.ts';
import type { Skeleton } from './skeleton.ts';
import { BYTES, VARINT } from './wire.ts';
import type { GraphPatch, ModelPatch } from './write.ts';

/** Field numbers of a graph's parts; a function is a graph with others, and without initializers. */
interface Layout {
  readonly node: number;
  readonly valueInfo: number;
  readonly input: number | null;
  readonly initializer: number | null;
  readonly sparseInitializer: number | null;
}

const GRAPH: Layout = { node: 1, initializer: 5, input: 11, valueInfo: 13, sparseInitializer: 15 };
const FUNCTION: Layout = { node: 7, initializer: null, input: null, valueInfo: 12, sparseInitializer: null };

type EncodeTensor = (tensor: NewTensor) => Chunk[];

/** The edits that make a patch; `encodeTensor` writes a new initializer. */
export function patchEdits(model: OnnxModel, patch: ModelPatch, encodeTensor: EncodeTensor): Edits {
  const { skeleton } = model;
  const edits = new Edits();
  if (patch.irVersion !== undefined && patch.irVersion !== model.irVersion)
    setVersion(skeleton, edits, patch.irVersion);
  const functions = new Set([...model.functions.values()].map(({ graph }) => graph));
  for (const [graph, own] of [[model.graph, patch] as const, ...(patch.inner ?? [])]) {
    const layout = functions.has(graph) ? FUNCTION : GRAPH;
    editGraph(skeleton, edits, { graph, patch: own, layout }, encodeTensor);
  }
  return edits;
}

/** In each place that has one: the last counts. */
function setVersion(skeleton: Skeleton, edits: Edits, irVersion: number): void {
  const fields = new Fields(skeleton, [wholeFile(skeleton)]);
  while (fields.next())
    if (fields.tag === ((1 << 3) | VARINT)) edits.at(fields.fileStart).replacement = [integerField(1, irVersion)];
}

interface Patched {
  readonly graph: OnnxGraph;
  readonly patch: GraphPatch;
  readonly layout: Layout;
}

function editGraph(skeleton: Skeleton, edits: Edits, patched: Patched, encodeTensor: EncodeTensor): void {
  const { graph, patch, layout } = patched;
  const insertions = groupInsertions(patch, graph.nodes.length, layout);
  let nodeIndex = 0;
  let [lastNode, lastInitializer] = [-1, -1];
  const fields = new Fields(skeleton, graph.places);
  while (fields.next()) {
    const { fileStart } = fields;
    const number = (fields.tag & 7) === BYTES ? fields.number : -1;
    if (number === layout.node) lastNode = fileStart;
    if (number === layout.initializer) lastInitializer = fileStart;
    if (number === layout.node && insertions.has(nodeIndex))
      appendChunks(edits.at(fileStart).before, insertions.get(nodeIndex)!);
    const declared = number === 12 && patch.declareOutputs?.get(textAt(skeleton, fields.span, [1]));
    if (declared) edits.at(fileStart).replacement = [declared];
    else if (isRemoved(skeleton, patched, fields.span, number, nodeIndex)) edits.at(fileStart).replacement = [];
    else if (number === layout.node) renameInputs(skeleton, edits, fields.span, patch.renameInputs?.get(nodeIndex));
    if (number === layout.node) nodeIndex++;
  }
  const last = graph.places.at(-1)!.fileStart;
  const append = (field: number, chunks: readonly Chunk[] = []) => {
    if (chunks.length > 0) appendChunks(field < 0 ? edits.at(last).appended : edits.at(field).after, chunks);
  };
  append(lastNode, insertions.get(nodeIndex));
  append(
    lastInitializer,
    patch.addInitializers.flatMap((tensor) => encodeTensor(tensor)),
  );
  append(-1, patch.addEnds);
}

/** The new nodes, by the index they stand before. */
function groupInsertions(patch: GraphPatch, nodeCount: number, layout: Layout): Map<number, Chunk[]> {
  const insertions = new Map<number, Chunk[]>();
  for (const { before, node } of patch.insertNodes) {
    const index = Math.min(before, nodeCount);
    const same = insertions.get(index);
    if (same) same.push(nodeField(node, layout.node));
    else insertions.set(index, [nodeField(node, layout.node)]);
  }
  return insertions;
}

/** Whether a field of the graph is to go. */
function isRemoved(
  skeleton: Skeleton,
  { patch, layout }: Patched,
  span: Span,
  number: number,
  nodeIndex: number,
): boolean {
  switch (number) {
    case layout.node:
      return patch.removeNodes.has(nodeIndex);
    case layout.initializer:
      return removes(patch.removeInitializers, skeleton, span, 8);
    case layout.sparseInitializer:
      return removes(patch.removeInitializers, skeleton, span, 1, 8);
    case layout.input:
      return removes(patch.removeInputs ?? NONE, skeleton, span, 1);
    case layout.valueInfo:
      return removes(patch.removeValueInfos, skeleton, span, 1);
    default:
      return false;
  }
}

const NONE: ReadonlySet<string> = new Set();

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
