/** Random graphs in another float type, and models of such a type made float32 again, which the runtime has all operators in. */
import { clearField, create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { DataType } from '../src/elements/data-type.ts';
import { decodeElements } from '../src/elements/decode.ts';
import type { GraphNode, TestGraph } from './graph-file.ts';
import {
  type AttributeProto,
  type FunctionProto,
  type GraphProto,
  ModelProtoSchema,
  type NodeProto,
  type TensorProto,
  TensorProtoSchema,
  type ValueInfoProto,
} from './proto/gen/onnx_pb.js';

const { FLOAT } = DataType;

/** The graph with all floats of one type, its bodies and functions too. */
export function withFloatType(graph: TestGraph, type: number): TestGraph {
  const node = (one: GraphNode): GraphNode => ({ ...one, attributes: attributesOf(one, type) });
  const functions = graph.functions?.map((definition) => ({ ...definition, nodes: definition.nodes.map(node) }));
  return { ...graph, type, nodes: graph.nodes.map(node), ...(functions && { functions }) };
}

function attributesOf({ op, attributes = {} }: GraphNode, type: number): NonNullable<GraphNode['attributes']> {
  const entries = Object.entries(attributes).map(([name, value]) => {
    if (op === 'Cast' && name === 'to' && value === FLOAT) return [name, type] as const;
    const hasBody = typeof value === 'object' && 'body' in value;
    return [name, hasBody ? { body: withFloatType(value.body, type) } : value] as const;
  });
  return Object.fromEntries(entries);
}

/** The model with all floats of a type as float32: its weights are those numbers that it holds, rounded as they are. */
export function asFloat32(bytes: Uint8Array, type: number): Uint8Array {
  if (type === FLOAT) return bytes;
  const model = fromBinary(ModelProtoSchema, bytes);
  if (model.graph) retypeGraph(model.graph, type);
  for (const definition of model.functions) retypeNodes(definition, type);
  return toBinary(ModelProtoSchema, model);
}

function retypeGraph(graph: GraphProto, type: number): void {
  for (const tensor of graph.initializer) retypeTensor(tensor, type);
  for (const info of [...graph.input, ...graph.output, ...graph.valueInfo]) retypeValue(info, type);
  retypeNodes(graph, type);
}

function retypeNodes({ node }: Pick<GraphProto | FunctionProto, 'node'>, type: number): void {
  for (const one of node) for (const attribute of one.attribute) retypeAttribute(one, attribute, type);
}

function retypeAttribute({ opType }: NodeProto, attribute: AttributeProto, type: number): void {
  if (opType === 'Cast' && attribute.name === 'to' && Number(attribute.i) === type) attribute.i = BigInt(FLOAT);
  if (attribute.t) retypeTensor(attribute.t, type);
  if (attribute.g) retypeGraph(attribute.g, type);
}

function retypeValue({ type: proto }: ValueInfoProto, type: number): void {
  if (proto?.value.case === 'tensorType' && proto.value.value.elemType === type) proto.value.value.elemType = FLOAT;
}

function retypeTensor(tensor: TensorProto, type: number): void {
  if (tensor.dataType !== type) return;
  const values = new Float32Array(decodeElements(tensor.rawData, type));
  for (const field of ['int32Data', 'doubleData'] as const) clearField(tensor, TensorProtoSchema.field[field]);
  Object.assign(
    tensor,
    create(TensorProtoSchema, { ...tensor, dataType: FLOAT, rawData: new Uint8Array(values.buffer) }),
  );
}
