/** What the view must show for a message of the oracle, as plain data. */
import { expectedSparse, expectedTensor } from './expected-tensor.ts';
import type {
  AttributeProto,
  FunctionProto,
  GraphProto,
  ModelProto,
  NodeProto,
  ValueInfoProto,
} from './gen/onnx_pb.js';
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

function expectedValueInfo({ name, type }: ValueInfoProto): unknown {
  if (type?.value.case !== 'tensorType') return { name, elementType: null, dims: null };
  const { elemType, shape } = type.value.value;
  const dims = shape?.dim.map(({ value }) => {
    if (value.case === 'dimParam') return value.value || null;
    return value.case === 'dimValue' && value.value >= 0n ? Number(value.value) : null;
  });
  return { name, elementType: elemType, dims: dims ?? null };
}
