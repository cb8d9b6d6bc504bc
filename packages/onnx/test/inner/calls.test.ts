/** What differs from call to call of a function, and calls that cannot be followed: such functions are left alone. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { reparameterize } from '../../src/index.ts';
import { fileOf, type GraphNode, type TestFunction, type TestGraph } from '../graph-file.ts';
import { ModelProtoSchema } from '../proto/gen/onnx_pb.js';
import { convert } from './convert.ts';
import { block, branchNodes, branchWeights, callOf, image, weight } from './inner-graph.ts';

it('an attribute that each call gives is no constant', async () => {
  const leak: TestFunction = {
    name: 'Leak',
    inputs: ['a'],
    outputs: ['c'],
    attributes: ['slope'],
    nodes: [
      { op: 'Conv', inputs: ['a', 'w'], outputs: ['b'] },
      {
        op: 'LeakyRelu',
        inputs: ['b'],
        outputs: ['r'],
        attributes: { alpha: { reference: 'slope', like: { float: 1 } } },
      },
      { op: 'Conv', inputs: ['r', 'w'], outputs: ['c'] },
    ],
    tensors: [weight('w', [4, 4, 1, 1])],
  };
  const call = (input: string, output: string, slope: number): GraphNode => ({
    ...callOf('Leak', [input], output),
    attributes: { slope: { float: slope } },
  });
  const nodes = [call('x', 'a', 1), call('a', 'y', 0.5)];
  const graph = image({ nodes, tensors: [], outputs: ['y'], functions: [leak] });
  const { report } = await convert(graph);
  expect(report.fusions).toEqual([]);
  expect(report.refusals).toContainEqual(
    expect.objectContaining({ reason: 'not-constant', message: expect.stringContaining('alpha') }),
  );
});

it('a weight that each call gives is no constant, and the reason says so', async () => {
  const given: TestFunction = { ...block(), inputs: ['input', 'b3', 'b1'], tensors: [] };
  const nodes = [callOf('Block', ['x', 'w3', 'w1'], 'y')];
  const graph = image({ nodes, tensors: branchWeights('w'), outputs: ['y'], functions: [given] });
  const { report } = await convert(graph);
  expect(report.refusals).toContainEqual(
    expect.objectContaining({ reason: 'not-constant', hint: expect.stringContaining('inline') }),
  );
});

it('a function that a custom operator may call, in a body of its own, is called with whatever', async () => {
  const hidden: TestGraph = {
    opset: 17,
    inputs: [],
    tensors: [],
    nodes: [callOf('Block', ['x'], 'in')],
    outputs: ['in'],
  };
  const custom: GraphNode = {
    op: 'Twice',
    domain: 'custom',
    inputs: ['x'],
    outputs: ['z'],
    attributes: { body: { body: hidden } },
  };
  const scales: TestFunction = {
    name: 'Block',
    inputs: ['input'],
    outputs: ['output'],
    nodes: [
      { op: 'Mul', inputs: ['input', 's'], outputs: ['scaled'] },
      { op: 'Mul', inputs: ['scaled', 's'], outputs: ['output'] },
    ],
    tensors: [weight('s', [4, 1, 1])],
  };
  const called = (definition: TestFunction, others: readonly GraphNode[]) => {
    const nodes = [callOf('Block', ['x'], 'y'), ...others];
    const outputs = nodes.flatMap((node) => node.outputs);
    return reparameterize(fileOf(image({ nodes, tensors: [], outputs, functions: [definition] })));
  };
  expect((await called(scales, [])).report.fusions).toHaveLength(1);
  expect((await called(scales, [custom])).report.fusions).toEqual([]);
  expect((await called(block(), [custom])).report.fusions).toHaveLength(1); // its convolutions tell what it is called with
});

it('functions of one name and several overloads are told apart', async () => {
  const graph = image({
    nodes: [callOf('Block', ['x'], 'a'), callOf('Block', ['a'], 'y')],
    tensors: [],
    outputs: ['y'],
    functions: [block('Block', 'b'), block('Block', 'c')],
  });
  const message = fromBinary(ModelProtoSchema, fileOf(graph));
  message.functions[1]!.overload = 'other';
  message.graph!.node[1]!.overload = 'other';
  const { report } = await reparameterize(toBinary(ModelProtoSchema, create(ModelProtoSchema, message)));
  expect(report.fusions.map(({ name }) => name)).toEqual(['local::Block: output', 'local::Block:other: output']);
});

it('functions that call themselves, or each other without end, are left alone', async () => {
  const around = (name: string, called: string): TestFunction => ({
    ...block(name),
    nodes: [...branchNodes('input', 'b', 'inside'), callOf(called, ['inside'], 'output')],
  });
  const graph = image({
    nodes: [callOf('Ping', ['x'], 'y')],
    tensors: [],
    outputs: ['y'],
    functions: [around('Ping', 'Pong'), around('Pong', 'Ping')],
  });
  const { model, report } = await reparameterize(fileOf(graph));
  expect(report.fusions).toEqual([]);
  expect(Buffer.compare(model, fileOf(graph))).toBe(0);
});

it('calls that double with each function are followed in time, or not at all', async () => {
  const functions = Array.from({ length: 40 }, (_, depth): TestFunction => {
    const next = `F${depth + 1}`;
    const nodes =
      depth === 39
        ? branchNodes('input', 'b', 'output')
        : [callOf(next, ['input'], 'half'), callOf(next, ['half'], 'output')];
    return { ...block(`F${depth}`), nodes };
  });
  const graph = image({ nodes: [callOf('F0', ['x'], 'y')], tensors: [], outputs: ['y'], functions });
  const start = performance.now();
  const { report } = await reparameterize(fileOf(graph));
  expect(performance.now() - start).toBeLessThan(2000);
  expect(report.fusions.length).toBe(1);
  expect(report.after.macs).toBe(2 ** 39 * 4 * 4 * 9 * 30);
});
