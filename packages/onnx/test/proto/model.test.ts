/** What the view shows of a model beside its nodes and tensors. */
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { type OnnxModel, openModel } from '../../src/proto/model.ts';
import { bytesSource } from '../../src/proto/source.ts';
import { type GraphProtoSchema, ModelProtoSchema } from './gen/onnx_pb.js';

type ModelInit = MessageInitShape<typeof ModelProtoSchema>;
type GraphInit = MessageInitShape<typeof GraphProtoSchema>;

function open(init: ModelInit): Promise<OnnxModel> {
  return openModel(bytesSource(toBinary(ModelProtoSchema, create(ModelProtoSchema, init))));
}

test('the model says what made it, and for which opsets', async () => {
  const model = await open({
    irVersion: 8n,
    producerName: 'pytorch',
    producerVersion: '2.4',
    opsetImport: [
      { domain: 'ai.onnx', version: 17n },
      { domain: 'com.microsoft', version: 1n },
    ],
    functions: [{ domain: 'local', name: 'Block' }, { name: 'Other' }],
    graph: { node: [{ opType: 'Conv', domain: 'ai.onnx' }] },
  });
  expect(model).toMatchObject({ irVersion: 8, producer: 'pytorch 2.4' });
  expect([...model.opsets]).toEqual([
    ['', 17],
    ['com.microsoft', 1],
  ]);
  expect([...model.functions.keys()]).toEqual(['local::Block', '::Other']);
  expect(model.graph.nodes[0]!.domain).toBe('');
});

async function capturesOf(graph: GraphInit): Promise<readonly string[]> {
  const attribute = [{ name: 'body', type: 5, g: graph }];
  const model = await open({ graph: { node: [{ opType: 'Loop', attribute }] } });
  return model.graph.nodes[0]!.captures;
}

test('captures are the outer values that subgraphs read, nested ones too', async () => {
  const inner: GraphInit = {
    node: [
      { opType: 'Add', input: ['outermost', 'middle', 'outer', ''], output: ['inner'] },
      { opType: 'Relu', input: ['inner'], output: ['result'] },
    ],
    output: [{ name: 'result' }],
  };
  const captures = await capturesOf({
    input: [{ name: 'argument' }],
    initializer: [{ name: 'w', dataType: 1, floatData: [1] }],
    node: [
      { opType: 'Mul', input: ['argument', 'w', 'scale'], output: ['middle'] },
      { opType: 'If', input: ['middle'], output: ['y'], attribute: [{ name: 'then_branch', type: 5, g: inner }] },
    ],
    output: [{ name: 'y' }, { name: 'passed through' }],
  });
  expect(captures.toSorted()).toEqual(['outer', 'outermost', 'passed through', 'scale']);
});

test('nodes without subgraphs capture nothing', async () => {
  const { graph } = await open({
    graph: { node: [{ opType: 'Relu', input: ['x'], attribute: [{ name: 'a', type: 2, i: 1n }] }] },
  });
  expect(graph.nodes[0]!.captures).toEqual([]);
});

test('lists of subgraphs capture too', async () => {
  const attribute = [{ name: 'bodies', type: 10, graphs: [{ output: [{ name: 'a' }] }, { output: [{ name: 'b' }] }] }];
  const { graph } = await open({ graph: { node: [{ opType: 'Custom', attribute }] } });
  expect(graph.nodes[0]!.captures).toEqual(['a', 'b']);
});

test('attributes without a type, as early exporters wrote them', async () => {
  const attribute = [
    { name: 'kernel_shape', ints: [3n, 3n] },
    { name: 'alpha', f: 0.5 },
    { name: 'axis', i: 0n },
  ];
  const { graph } = await open({ graph: { node: [{ opType: 'Conv', attribute }] } });
  const [node] = graph.nodes;
  expect(node!.attributeNames).toEqual(['kernel_shape', 'alpha', 'axis']);
  expect(node!.attribute('kernel_shape')).toEqual({ name: 'kernel_shape', type: 7, ints: [3, 3] });
  expect(node!.attribute('alpha')).toEqual({ name: 'alpha', type: 1, float: 0.5 });
  expect(node!.attribute('axis')).toEqual({ name: 'axis', type: 2, int: 0 });
  expect(node!.attribute('axis')).toBe(node!.attribute('axis'));
  expect(node!.attribute('pads')).toBeUndefined();
});

test('zeros that a writer left out are zeros', async () => {
  const attribute = [
    { name: 'axis', type: 2 },
    { name: 'alpha', type: 1 },
    { name: 'pads', type: 7 },
    { name: 'mode', type: 3 },
  ];
  const [node] = (await open({ graph: { node: [{ attribute }] } })).graph.nodes;
  expect(node!.attribute('axis')).toMatchObject({ int: 0 });
  expect(node!.attribute('alpha')).toMatchObject({ float: 0 });
  expect(node!.attribute('pads')).toMatchObject({ ints: [] });
  expect(node!.attribute('mode')).toMatchObject({ string: '' });
});

test('a huge text attribute stays in the file', async () => {
  const attribute = [{ name: 'engine', type: 3, s: new Uint8Array(200_000) }];
  const model = await open({ graph: { node: [{ opType: 'EPContext', attribute }] } });
  expect(model.skeleton.bytes.length).toBeLessThan(200);
  expect(model.graph.nodes[0]!.attribute('engine')).toEqual({ name: 'engine', type: 3 });
});

test('huge docs and metadata stay in the file', async () => {
  const docString = 'x'.repeat(300_000);
  const metadataProps = [{ key: 'k', value: docString }];
  const model = await open({
    docString,
    metadataProps,
    graph: { docString, metadataProps, node: [{ docString, metadataProps }] },
  });
  expect(model.skeleton.bytes.length).toBeLessThan(200);
});
