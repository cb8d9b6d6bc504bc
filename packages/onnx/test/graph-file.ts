/** Graphs as plain data, for tests, and the ONNX files they make. */
import { create, toBinary } from '@bufbuild/protobuf';
import { encodeElements } from '../src/elements/encode.ts';
import { type GraphProto, GraphProtoSchema, ModelProtoSchema } from './proto/gen/onnx_pb.js';

/** A whole number, a list of them, text, a float, or a body. */
export type GraphAttribute =
  | number
  | readonly number[]
  | string
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly body: TestGraph }
  /** The value of an attribute of the function around, of the type of the example. */
  | { readonly reference: string; readonly like: number | { readonly float: number } };

export interface GraphNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, GraphAttribute>>;
  readonly domain?: string;
}

export interface GraphTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly values: readonly number[];
  /** int64 where true, bool where 'bool', else the graph's float type. */
  readonly whole?: boolean | 'bool';
  /** Element type, one of `DataType`, where it is none of these. */
  readonly type?: number;
  /** A Constant node makes it, instead of an initializer. */
  readonly byNode?: boolean;
}

export interface GraphInput {
  readonly name: string;
  /** A name or null for a size that is free; null as a whole for no shape. */
  readonly dims: readonly (number | string | null)[] | null;
  /** int64 where true, bool where 'bool', else the graph's float type. */
  readonly whole?: boolean | 'bool';
}

export interface TestGraph {
  readonly opset: number;
  /** Default 8. */
  readonly ir?: number;
  /** Element type of floats, one of `DataType`. Default float32. */
  readonly type?: number;
  /** Functions of the model, in the domain "local". */
  readonly functions?: readonly TestFunction[];
  readonly inputs: readonly GraphInput[];
  readonly tensors: readonly GraphTensor[];
  readonly nodes: readonly GraphNode[];
  readonly outputs: readonly string[];
  /** Outputs of a body that are boolean: the condition of a loop. */
  readonly conditions?: readonly string[];
}

export interface TestFunction {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: readonly string[];
  readonly nodes: readonly GraphNode[];
  /** Made by Constant nodes: a function has no initializers. */
  readonly tensors: readonly GraphTensor[];
}

/** The graph's file. Outputs have a type, but no shape. */
export function fileOf(graph: TestGraph): Uint8Array {
  const model = create(ModelProtoSchema, {
    irVersion: BigInt(graph.ir ?? 8),
    producerName: 'test',
    opsetImport: [
      { domain: '', version: BigInt(graph.opset) },
      { domain: 'custom', version: 1n },
      { domain: 'local', version: 1n },
    ],
    graph: graphOf(graph),
    functions: (graph.functions ?? []).map((definition) => functionOf(definition, graph)),
  });
  return toBinary(ModelProtoSchema, model);
}

function functionOf({ name, inputs, outputs, attributes = [], nodes, tensors }: TestFunction, graph: TestGraph) {
  return {
    name,
    domain: 'local',
    input: [...inputs],
    output: [...outputs],
    attribute: [...attributes],
    opsetImport: [
      { domain: '', version: BigInt(graph.opset) },
      { domain: 'local', version: 1n },
    ],
    node: [...tensors.map((tensor) => constantOf(tensor, graph.type ?? 1)), ...nodes.map(nodeOf)],
  };
}

function constantOf(tensor: GraphTensor, float: number) {
  return {
    name: `constant_${tensor.name}`,
    opType: 'Constant',
    output: [tensor.name],
    attribute: [{ name: 'value', type: 4, t: tensorOf(tensor, float) }],
  };
}

function nodeOf(node: GraphNode) {
  return {
    name: `node_${node.outputs[0]}`,
    opType: node.op,
    domain: node.domain ?? '',
    input: [...node.inputs],
    output: [...node.outputs],
    attribute: Object.entries(node.attributes ?? {}).map(([name, value]) => attributeOf(name, value)),
  };
}

function graphOf(graph: TestGraph): GraphProto {
  const { type: float = 1 } = graph;
  const constants = graph.tensors.filter(({ byNode }) => byNode);
  const wholes = new Map(graph.conditions?.map((name) => [name, 'bool'] as const));
  return create(GraphProtoSchema, {
    name: 'graph',
    node: [...constants.map((tensor) => constantOf(tensor, float)), ...graph.nodes.map(nodeOf)],
    initializer: graph.tensors.filter(({ byNode }) => !byNode).map((tensor) => tensorOf(tensor, float)),
    input: graph.inputs.map(({ name, dims, whole }) => ({ name, type: typeOf(dims, elementType(whole, float)) })),
    output: graph.outputs.map((name) => ({
      name,
      type: { value: { case: 'tensorType' as const, value: { elemType: elementType(wholes.get(name), float) } } },
    })),
  });
}

function typeOf(dims: GraphInput['dims'], elemType: number) {
  if (dims === null) return { value: { case: 'tensorType' as const, value: { elemType } } };
  const dim = dims.map((size) => {
    if (size === null) return {};
    return typeof size === 'number'
      ? { value: { case: 'dimValue' as const, value: BigInt(size) } }
      : { value: { case: 'dimParam' as const, value: size } };
  });
  return { value: { case: 'tensorType' as const, value: { elemType, shape: { dim } } } };
}

function elementType(whole: GraphTensor['whole'], float: number): number {
  return whole === 'bool' ? 9 : whole ? 7 : float;
}

function tensorOf({ name, dims, values, whole, type }: GraphTensor, float: number) {
  const dataType = type ?? elementType(whole, float);
  const bytes = dataType === 9 ? Uint8Array.from(values) : encodeElements(Float64Array.from(values), dataType).bytes;
  return { name, dims: dims.map(BigInt), dataType, rawData: new Uint8Array(bytes) };
}

function attributeOf(name: string, value: GraphAttribute) {
  if (typeof value === 'number') return { name, type: 2, i: BigInt(value) };
  if (typeof value === 'string') return { name, type: 3, s: new TextEncoder().encode(value) };
  if ('float' in value) return { name, type: 1, f: value.float };
  if ('floats' in value) return { name, type: 6, floats: [...value.floats] };
  if ('reference' in value) return { name, type: typeof value.like === 'number' ? 2 : 1, refAttrName: value.reference };
  if ('body' in value) return { name, type: 5, g: graphOf(value.body) };
  return { name, type: 7, ints: value.map(BigInt) };
}

/** Names that nodes read, those that their bodies read included. */
export function namesRead(nodes: readonly GraphNode[]): string[] {
  return nodes.flatMap(({ inputs, attributes }) => [...inputs, ...bodiesOf(attributes).flatMap(namesReadIn)]);
}

function namesReadIn({ nodes, outputs }: TestGraph): string[] {
  return [...namesRead(nodes), ...outputs];
}

function bodiesOf(attributes: GraphNode['attributes'] = {}): TestGraph[] {
  return Object.values(attributes).flatMap((value) =>
    typeof value === 'object' && 'body' in value ? [value.body] : [],
  );
}
