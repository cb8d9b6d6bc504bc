/** A graph: nodes, constants, and what is said about values. */

import { type FieldPlace, Fields } from './fields.ts';
import { malformed } from './malformed.ts';
import { type OnnxNode, readNode } from './node.ts';
import { DEEPEST_GRAPH } from './schema.ts';
import { type OnnxSparseTensor, readSparseTensor } from './sparse-tensor.ts';
import { type FileContext, type OnnxTensor, readTensor } from './tensor.ts';
import { type OnnxValueInfo, readValueInfo } from './value-info.ts';
import { BYTES } from './wire.ts';

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: ReadonlyMap<string, OnnxTensor>;
  readonly sparseInitializers: ReadonlyMap<string, OnnxSparseTensor>;
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  readonly valueInfos: readonly OnnxValueInfo[];
  /** Where the file has it; a graph in several places is all of them together. */
  readonly places: readonly FieldPlace[];
}

/** Nodes, initializers and value infos together; a file full of empty ones would fill the memory. */
const MOST_PARTS = 2 ** 21;

/** Reads a GraphProto. The depth is 0 for a model's graph, and one more for each graph around it. */
export function readGraph(context: FileContext, places: readonly FieldPlace[], depth: number): OnnxGraph {
  if (depth > DEEPEST_GRAPH) throw malformed('graphs nested too deep', `at most ${DEEPEST_GRAPH}`);
  const { skeleton } = context;
  let name = '';
  const nodes: OnnxNode[] = [];
  const initializers = new Map<string, OnnxTensor>();
  const sparseInitializers = new Map<string, OnnxSparseTensor>();
  const inputs: OnnxValueInfo[] = [];
  const outputs: OnnxValueInfo[] = [];
  const valueInfos: OnnxValueInfo[] = [];
  const fields = new Fields(skeleton, places);
  for (let count = 0; fields.next(); count++) {
    if (count > MOST_PARTS) throw malformed(`a graph of over ${MOST_PARTS} parts`, 'fewer');
    if (fields.tag === ((1 << 3) | BYTES)) nodes.push(readNode(context, fields.span, nodes.length, depth));
    else if (fields.tag === ((2 << 3) | BYTES)) name = fields.text;
    else if (fields.tag === ((5 << 3) | BYTES)) addNamed(initializers, readTensor(context, [fields.span]));
    else if (fields.tag === ((15 << 3) | BYTES)) addNamed(sparseInitializers, readSparseTensor(context, [fields.span]));
    else if (fields.tag === ((11 << 3) | BYTES)) inputs.push(readValueInfo(skeleton, fields.span));
    else if (fields.tag === ((12 << 3) | BYTES)) outputs.push(readValueInfo(skeleton, fields.span));
    else if (fields.tag === ((13 << 3) | BYTES)) valueInfos.push(readValueInfo(skeleton, fields.span));
  }
  return { name, nodes, initializers, sparseInitializers, inputs, outputs, valueInfos, places };
}

function addNamed<Tensor extends { readonly name: string }>(tensors: Map<string, Tensor>, tensor: Tensor): void {
  tensors.set(tensor.name, tensor);
}
