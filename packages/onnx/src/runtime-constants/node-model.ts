/** A model of one node alone, with the constants that it reads as initializers. */
import { readArray } from '@reparam/core';
import type { Constant } from '../analysis/constant.ts';
import type { Region } from '../analysis/region.ts';
import { encodeElements } from '../elements/encode.ts';
import { type Chunk, collectChunks, totalSize } from '../proto/chunks.ts';
import { fieldHeader, integerField, messageField, textField } from '../proto/encode.ts';
import { Fields, type Span, wholeFile } from '../proto/fields.ts';
import type { OnnxModel } from '../proto/model.ts';
import { initializerField, outputField } from '../proto/new-parts.ts';
import type { OnnxNode } from '../proto/node.ts';
import type { Skeleton } from '../proto/skeleton.ts';
import { BYTES } from '../proto/wire.ts';
import { functionAround } from './function-around.ts';

/** Field numbers of a model, and of the nodes of a graph and of a function. */
const MODEL = { irVersion: 1, graph: 7, opset: 8, functions: 25 };
const [GRAPH_NODE, FUNCTION_NODE] = [1, 7];

/** The model's file. The constants' values must be at hand. Throws an UnsupportedError for an element type that cannot be written. */
export async function nodeModel(
  node: OnnxNode,
  region: Region,
  constants: ReadonlyMap<string, Constant>,
): Promise<Uint8Array<ArrayBuffer>> {
  const { model } = region.scope;
  const graph: Chunk[] = [
    ...copyNode(node, region),
    textField(2, 'constants'),
    ...[...constants].flatMap(([name, { dims, dataType, values }]) =>
      initializerField({ name, dataType, dims, bytes: encodeElements(readArray(values), dataType).bytes }),
    ),
    ...node.outputs.filter((name) => name !== '').map(outputField),
  ];
  return await collectChunks([
    integerField(MODEL.irVersion, model.irVersion),
    ...opsetFields(functionAround(region)?.opsets ?? model.opsets),
    fieldHeader(MODEL.graph, totalSize(graph)),
    ...graph,
    ...copyFunctions(model),
  ]);
}

function opsetFields(opsets: ReadonlyMap<string, number>): Uint8Array[] {
  return [...opsets].map(([domain, version]) =>
    messageField(MODEL.opset, [textField(1, domain), integerField(2, version)]),
  );
}

/** The node as the file has it, as a field of a graph. */
function copyNode({ index }: OnnxNode, { scope }: Region): Chunk[] {
  const isOwnFunction = [...scope.model.functions.values()].some(({ graph }) => graph === scope.graph);
  const values = valuesOf(scope.model.skeleton, scope.graph.places, isOwnFunction ? FUNCTION_NODE : GRAPH_NODE);
  const value = values[index]!;
  return [fieldHeader(GRAPH_NODE, value.end - value.start), value];
}

function copyFunctions({ skeleton, functions }: OnnxModel): Chunk[] {
  if (functions.size === 0) return [];
  const values = valuesOf(skeleton, [wholeFile(skeleton)], MODEL.functions);
  return values.flatMap((value) => [fieldHeader(MODEL.functions, value.end - value.start), value]);
}

/** Where the file has the values of all fields of one number. */
function valuesOf(skeleton: Skeleton, spans: readonly Span[], number: number) {
  const { source } = skeleton;
  const values: Exclude<Chunk, Uint8Array>[] = [];
  const fields = new Fields(skeleton, spans);
  while (fields.next())
    if (fields.tag === number * 8 + BYTES) values.push({ source, start: fields.fileValueStart, end: fields.fileEnd });
  return values;
}
