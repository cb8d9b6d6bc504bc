/** What the view must show for a message of the oracle, and what it does show, both as plain data. */

import { byteLengthOf, DataType } from '../../src/elements/data-type.ts';
import type { OnnxAttribute } from '../../src/proto/attribute.ts';
import type { OnnxFunction } from '../../src/proto/function.ts';
import type { OnnxGraph } from '../../src/proto/graph.ts';
import type { OnnxModel } from '../../src/proto/model.ts';
import type { OnnxSparseTensor } from '../../src/proto/sparse-tensor.ts';
import type { OnnxTensor } from '../../src/proto/tensor.ts';
import type {
  AttributeProto,
  FunctionProto,
  GraphProto,
  ModelProto,
  NodeProto,
  SparseTensorProto,
  TensorProto,
  ValueInfoProto,
} from './gen/onnx_pb.js';

/** A model as plain data: all data loaded, attributes and captures read. */
export async function describeModel({ irVersion, opsets, graph, functions, producer }: OnnxModel): Promise<unknown> {
  const described = await Promise.all([...functions.values()].map(describeFunction));
  return { irVersion, opsets: [...opsets], graph: await describeGraph(graph), functions: described, producer };
}

async function describeFunction({ name, opsets, graph }: OnnxFunction): Promise<unknown> {
  return { name, opsets: [...opsets], graph: await describeGraph(graph) };
}

async function describeGraph(graph: OnnxGraph): Promise<unknown> {
  const nodes = [];
  for (const node of graph.nodes) {
    const { index, opType, domain, overload, name, inputs, outputs } = node;
    const attributes = [];
    for (const key of node.attributeNames) attributes.push(await describeAttribute(node.attribute(key)!));
    nodes.push({ index, opType, domain, overload, name, inputs, outputs, attributes });
  }
  const { name, inputs, outputs, valueInfos } = graph;
  const initializers = await Promise.all([...graph.initializers.values()].map(describeTensor));
  const sparseInitializers = await Promise.all([...graph.sparseInitializers.values()].map(describeSparse));
  return { name, nodes, initializers, sparseInitializers, inputs, outputs, valueInfos };
}

async function describeAttribute({
  tensor,
  tensors,
  sparseTensor,
  graph,
  graphs,
  ...plain
}: OnnxAttribute): Promise<unknown> {
  return {
    ...plain,
    ...(tensor && { tensor: await describeTensor(tensor) }),
    ...(tensors && { tensors: await Promise.all(tensors.map(describeTensor)) }),
    ...(sparseTensor && { sparseTensor: await describeSparse(sparseTensor) }),
    ...(graph && { graph: await describeGraph(graph) }),
    ...(graphs && { graphs: await Promise.all(graphs.map(describeGraph)) }),
  };
}

async function describeTensor(tensor: OnnxTensor): Promise<unknown> {
  const { name, dataType, dims, count } = tensor;
  await tensor.load();
  return { name, dataType, dims, count, values: isNumeric(dataType) ? [...tensor.values()] : 'opaque' };
}

async function describeSparse({ name, dims, values, indices }: OnnxSparseTensor): Promise<unknown> {
  return { name, dims, values: await describeTensor(values), indices: await describeTensor(indices) };
}

function isNumeric(dataType: number): boolean {
  return (
    dataType > 0 && byteLengthOf(dataType, 1) !== undefined && dataType <= DataType.BFLOAT16 && !isComplex(dataType)
  );
}

function isComplex(dataType: number): boolean {
  return dataType === DataType.COMPLEX64 || dataType === DataType.COMPLEX128;
}

/** The same plain data from the oracle's message. */
export function expectedModel(model: ModelProto): unknown {
  return {
    irVersion: Number(model.irVersion),
    opsets: expectedOpsets(model.opsetImport),
    graph: expectedGraph(model.graph!),
    functions: lastOfName(model.functions, functionName).map(expectedFunction),
    producer: `${model.producerName} ${model.producerVersion}`.trim(),
  };
}

function expectedOpsets(imports: ModelProto['opsetImport']): unknown {
  return [...new Map(imports.map(({ domain, version }) => [standard(domain), Number(version)]))];
}

function functionName({ domain, name, overload }: FunctionProto): string {
  return `${standard(domain)}::${name}${overload ? `:${overload}` : ''}`;
}

function expectedFunction(definition: FunctionProto): unknown {
  const { name, node, input, output, valueInfo, opsetImport } = definition;
  const untyped = (names: readonly string[]) => names.map((value) => ({ name: value, elementType: null, dims: null }));
  const graph = {
    name,
    nodes: node.map(expectedNode),
    initializers: [],
    sparseInitializers: [],
    inputs: untyped(input),
    outputs: untyped(output),
    valueInfos: valueInfo.map(expectedValueInfo),
  };
  return { name: functionName(definition), opsets: expectedOpsets(opsetImport), graph };
}

function standard(domain: string): string {
  return domain === 'ai.onnx' ? '' : domain;
}

function expectedGraph(graph: GraphProto): unknown {
  return {
    name: graph.name,
    nodes: graph.node.map(expectedNode),
    initializers: lastOfName(graph.initializer, ({ name }) => name).map(expectedTensor),
    sparseInitializers: lastOfName(graph.sparseInitializer, ({ values }) => values!.name).map(expectedSparse),
    inputs: graph.input.map(expectedValueInfo),
    outputs: graph.output.map(expectedValueInfo),
    valueInfos: graph.valueInfo.map(expectedValueInfo),
  };
}

function expectedNode(node: NodeProto, index: number): unknown {
  const { opType, domain, overload, name, input, output, attribute } = node;
  return {
    index,
    opType,
    domain: standard(domain),
    overload,
    name,
    inputs: input,
    outputs: output,
    attributes: attribute.map(expectedAttribute),
  };
}

function lastOfName<Message>(messages: readonly Message[], nameOf: (message: Message) => string): Message[] {
  return [...new Map(messages.map((message) => [nameOf(message), message])).values()];
}

function expectedAttribute(attribute: AttributeProto): unknown {
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const { name } = attribute;
  const type = attribute.type || impliedType(attribute);
  if (attribute.refAttrName) return { name, type, reference: attribute.refAttrName };
  switch (type) {
    case 1:
      return { name, type, float: attribute.f };
    case 2:
      return { name, type, int: Number(attribute.i) };
    case 3:
      return attribute.s.length > 65_536 ? { name, type } : { name, type, string: text(attribute.s) };
    case 4:
      return { name, type, tensor: expectedTensor(attribute.t!) };
    case 5:
      return { name, type, graph: expectedGraph(attribute.g!) };
    case 6:
      return { name, type, floats: attribute.floats };
    case 7:
      return { name, type, ints: attribute.ints.map(Number) };
    case 8:
      return { name, type, strings: attribute.strings.map(text) };
    case 9:
      return { name, type, tensors: attribute.tensors.map(expectedTensor) };
    case 10:
      return { name, type, graphs: attribute.graphs.map(expectedGraph) };
    default:
      return { name, type, sparseTensor: expectedSparse(attribute.sparseTensor!) };
  }
}

function impliedType(attribute: AttributeProto): number {
  if (Object.hasOwn(attribute, 'f')) return 1;
  if (Object.hasOwn(attribute, 'i')) return 2;
  if (Object.hasOwn(attribute, 's')) return 3;
  return attribute.t ? 4 : 5;
}

function expectedSparse(sparse: SparseTensorProto): unknown {
  return {
    name: sparse.values!.name,
    dims: sparse.dims.map(Number),
    values: expectedTensor(sparse.values!),
    indices: expectedTensor(sparse.indices!),
  };
}

function expectedTensor(tensor: TensorProto): unknown {
  const { name, dataType } = tensor;
  const dims = tensor.dims.map(Number);
  const count = dims.reduce((product, dim) => product * dim, 1);
  return { name, dataType, dims, count, values: isNumeric(dataType) ? expectedValues(tensor, count) : 'opaque' };
}

function expectedValues(tensor: TensorProto, count: number): number[] {
  const { rawData, dataType } = tensor;
  if (Object.hasOwn(tensor, 'rawData') && rawData.length > 0) {
    const size = byteLengthOf(dataType, 1)!;
    const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
    return Array.from({ length: count }, (_, index) => readElement(view, index * size, dataType));
  }
  const typed = [...tensor.floatData, ...tensor.doubleData, ...[...tensor.int64Data, ...tensor.uint64Data].map(Number)];
  if (typed.length > 0) return typed;
  if (dataType === DataType.FLOAT16) return tensor.int32Data.map(float16);
  if (dataType === DataType.BFLOAT16) return tensor.int32Data.map(bfloat16);
  return tensor.int32Data;
}

function readElement(view: DataView, at: number, dataType: number): number {
  switch (dataType) {
    case DataType.FLOAT:
      return view.getFloat32(at, true);
    case DataType.DOUBLE:
      return view.getFloat64(at, true);
    case DataType.INT8:
      return view.getInt8(at);
    case DataType.UINT8:
    case DataType.BOOL:
      return view.getUint8(at);
    case DataType.INT16:
      return view.getInt16(at, true);
    case DataType.UINT16:
      return view.getUint16(at, true);
    case DataType.INT32:
      return view.getInt32(at, true);
    case DataType.UINT32:
      return view.getUint32(at, true);
    case DataType.INT64:
      return Number(view.getBigInt64(at, true));
    case DataType.UINT64:
      return Number(view.getBigUint64(at, true));
    case DataType.FLOAT16:
      return float16(view.getUint16(at, true));
    default:
      return bfloat16(view.getUint16(at, true));
  }
}

/** The value of float16 bits, straight from the definition. */
export function float16(bits: number): number {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15));
}

/** The value of bfloat16 bits. */
export function bfloat16(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint16(0, bits);
  return view.getFloat32(0);
}

function expectedValueInfo({ name, type }: ValueInfoProto): unknown {
  if (type?.value.case !== 'tensorType') return { name, elementType: null, dims: null };
  const { elemType, shape } = type.value.value;
  const dims = shape?.dim.map(({ value }) => {
    if (value.case === 'dimParam') return value.value || null;
    return value.case === 'dimValue' && value.value >= 0n ? Number(value.value) : null;
  });
  return { name, elementType: elemType, dims: dims ?? null };
}
