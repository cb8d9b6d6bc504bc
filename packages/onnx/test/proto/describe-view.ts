/** What the view shows of a model, as plain data. */
import type { OnnxAttribute } from '../../src/proto/attribute.ts';
import type { OnnxFunction } from '../../src/proto/function.ts';
import type { OnnxGraph } from '../../src/proto/graph.ts';
import type { OnnxModel } from '../../src/proto/model.ts';
import type { OnnxSparseTensor } from '../../src/proto/sparse-tensor.ts';
import type { OnnxTensor } from '../../src/proto/tensor.ts';
import { isNumeric } from './expected-tensor.ts';

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
