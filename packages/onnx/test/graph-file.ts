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
  | { readonly body: TestGraph };

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
  /** A Constant node makes it, instead of an initializer. */
  readonly byNode?: boolean;
}

export interface GraphInput {
  readonly name: string;
  /** A name or null for a size that is free. */
  readonly dims: readonly (number | string | null)[];
}

export interface TestGraph {
  readonly opset: number;
  /** Default 8. */
  readonly ir?: number;
  /** Element type of floats, one of `DataType`. Default float32. */
  readonly type?: number;
  readonly inputs: readonly GraphInput[];
  readonly tensors: readonly GraphTensor[];
  readonly nodes: readonly GraphNode[];
  readonly outputs: readonly string[];
}

/** The graph's file. Outputs have a type, but no shape. */
export function fileOf(graph: TestGraph): Uint8Array {
  const model = create(ModelProtoSchema, {
    irVersion: BigInt(graph.ir ?? 8),
    producerName: 'test',
    opsetImport: [
      { domain: '', version: BigInt(graph.opset) },
      { domain: 'custom', version: 1n },
    ],
    graph: graphOf(graph),
  });
  return toBinary(ModelProtoSchema, model);
}

function graphOf(graph: TestGraph): GraphProto {
  const { type: float = 1 } = graph;
  const constants = graph.tensors.filter(({ byNode }) => byNode);
  return create(GraphProtoSchema, {
    name: 'graph',
    node: [
      ...constants.map((tensor) => ({
        name: `constant_${tensor.name}`,
        opType: 'Constant',
        output: [tensor.name],
        attribute: [{ name: 'value', type: 4, t: tensorOf(tensor, float) }],
      })),
      ...graph.nodes.map((node) => ({
        name: `node_${node.outputs[0]}`,
        opType: node.op,
        domain: node.domain ?? '',
        input: [...node.inputs],
        output: [...node.outputs],
        attribute: Object.entries(node.attributes ?? {}).map(([name, value]) => attributeOf(name, value)),
      })),
    ],
    initializer: graph.tensors.filter(({ byNode }) => !byNode).map((tensor) => tensorOf(tensor, float)),
    input: graph.inputs.map(({ name, dims }) => ({ name, type: typeOf(dims, float) })),
    output: graph.outputs.map((name) => ({
      name,
      type: { value: { case: 'tensorType' as const, value: { elemType: float } } },
    })),
  });
}

function typeOf(dims: GraphInput['dims'], elemType: number) {
  const dim = dims.map((size) => {
    if (size === null) return {};
    return typeof size === 'number'
      ? { value: { case: 'dimValue' as const, value: BigInt(size) } }
      : { value: { case: 'dimParam' as const, value: size } };
  });
  return { value: { case: 'tensorType' as const, value: { elemType, shape: { dim } } } };
}

function tensorOf({ name, dims, values, whole }: GraphTensor, float: number) {
  const dataType = whole === 'bool' ? 9 : whole ? 7 : float;
  const bytes = dataType === 9 ? Uint8Array.from(values) : encodeElements(Float64Array.from(values), dataType).bytes;
  return { name, dims: dims.map(BigInt), dataType, rawData: new Uint8Array(bytes) };
}

function attributeOf(name: string, value: GraphAttribute) {
  if (typeof value === 'number') return { name, type: 2, i: BigInt(value) };
  if (typeof value === 'string') return { name, type: 3, s: new TextEncoder().encode(value) };
  if ('float' in value) return { name, type: 1, f: value.float };
  if ('body' in value) return { name, type: 5, g: graphOf(value.body) };
  return { name, type: 7, ints: value.map(BigInt) };
}
