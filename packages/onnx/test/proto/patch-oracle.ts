/** Random patches, and the same changes made on the oracle's messages. */
import { create } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { DataType } from '../../src/elements/data-type.ts';
import { type NewNode, outputField, rankedOutputField } from '../../src/proto/new-parts.ts';
import type { GraphPatch } from '../../src/proto/write.ts';
import {
  type FunctionProto,
  type GraphProto,
  type NodeProto,
  NodeProtoSchema,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './gen/onnx_pb.js';

const newNode: NewNode = {
  opType: 'Conv',
  name: 'fused',
  inputs: ['x', '', 'weight é'],
  outputs: ['y'],
  attributes: {
    pads: [0, 1, -2, 3],
    group: { int: 7 },
    axis: { int: -1 },
    epsilon: { float: 1e-5 },
    mode: { string: 'constant' },
    scales: { floats: [1, 0.5] },
    empty: [],
  },
  docString: 'made',
  domain: 'custom',
};

/** The same node, made by the oracle. */
function oracleNode(): NodeProto {
  return create(NodeProtoSchema, {
    opType: 'Conv',
    name: 'fused',
    input: ['x', '', 'weight é'],
    output: ['y'],
    attribute: [
      { name: 'pads', type: 7, ints: [0n, 1n, -2n, 3n] },
      { name: 'group', type: 2, i: 7n },
      { name: 'axis', type: 2, i: -1n },
      { name: 'epsilon', type: 1, f: Math.fround(1e-5) },
      { name: 'mode', type: 3, s: new TextEncoder().encode('constant') },
      { name: 'scales', type: 6, floats: [1, 0.5] },
      { name: 'empty', type: 7 },
    ],
    docString: 'made',
    domain: 'custom',
  });
}

export const newBytes: Uint8Array = Uint8Array.of(0, 0, 128, 63, 0, 0, 0, 64);

/** A patch of a graph with so many nodes, over the names that random models use. */
export function patches(nodeCount: number): fc.Arbitrary<GraphPatch> {
  const index = fc.nat(Math.max(0, nodeCount - 1));
  const names = fc.subarray(['a', 'b', 'c', 'd', '']).map((some) => new Set(some));
  return fc.record({
    removeNodes: fc.array(index).map((some) => new Set(some)),
    insertNodes: fc.array(fc.record({ before: fc.nat(nodeCount), node: fc.constant(newNode) }), { maxLength: 3 }),
    renameInputs: fc
      .array(
        fc.tuple(
          index,
          fc.constant(
            new Map([
              ['a', 'renamed'],
              ['', 'no longer left out'],
            ]),
          ),
        ),
      )
      .map((some) => new Map(some)),
    removeInitializers: names,
    addInitializers: fc.constantFrom([], [{ name: 'new', dataType: DataType.FLOAT, dims: [2, 1], bytes: newBytes }]),
    removeValueInfos: names,
    addEnds: fc.constantFrom([], [outputField('inner')]),
    declareOutputs: fc.constantFrom(undefined, new Map([['a', rankedOutputField('a', DataType.FLOAT, 2)]])),
  });
}

/** The patch, made on the oracle's message. */
export function patchGraph(graph: GraphProto, patch: GraphPatch): void {
  patchNodes(graph, patch);
  graph.initializer = graph.initializer.filter(({ name }) => !patch.removeInitializers.has(name));
  graph.sparseInitializer = graph.sparseInitializer.filter(({ values }) => !patch.removeInitializers.has(values!.name));
  graph.valueInfo = graph.valueInfo.filter(({ name }) => !patch.removeValueInfos.has(name));
  if (patch.addInitializers.length > 0)
    graph.initializer.push(create(TensorProtoSchema, { name: 'new', dataType: 1, dims: [2n, 1n], rawData: newBytes }));
  graph.output = graph.output.map((output) =>
    patch.declareOutputs?.has(output.name) ? rankedOutput(output.name) : output,
  );
  if (patch.addEnds?.length) graph.output.push(create(ValueInfoProtoSchema, { name: 'inner' }));
}

function rankedOutput(name: string): ValueInfoProto {
  const value = { elemType: 1, shape: { dim: [{}, {}] } };
  return create(ValueInfoProtoSchema, { name, type: { value: { case: 'tensorType', value } } });
}

/** The same for a function, which has no initializers. */
export function patchFunction(definition: FunctionProto, patch: GraphPatch): void {
  patchNodes(definition, patch);
  definition.valueInfo = definition.valueInfo.filter(({ name }) => !patch.removeValueInfos.has(name));
}

function patchNodes(graph: { node: NodeProto[] }, patch: GraphPatch): void {
  const insertedBefore = (index: number) => patch.insertNodes.filter(({ before }) => before === index).map(oracleNode);
  graph.node.forEach((node, index) => {
    const names = patch.renameInputs?.get(index);
    node.input = node.input.map((input) => names?.get(input) ?? input);
  });
  graph.node = [
    ...graph.node.flatMap((node, index) => [...insertedBefore(index), ...(patch.removeNodes.has(index) ? [] : [node])]),
    ...insertedBefore(graph.node.length),
  ];
}
