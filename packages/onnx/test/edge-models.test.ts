/** Files that hold little, or hold it in unusual places: nothing breaks, and what can fuse does. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { reparameterize } from '../src/index.ts';
import { openModel } from '../src/proto/model.ts';
import { bytesSource } from '../src/proto/source.ts';
import { runsOf } from './claims.ts';
import { compareConverted } from './differential.ts';
import { GraphBuilder } from './graph-builder.ts';
import { fileOf, type TestGraph } from './graph-file.ts';
import { branchNodes, branchWeights, image } from './inner/inner-graph.ts';
import { ModelProtoSchema } from './proto/gen/onnx_pb.js';

/** Converted, with nothing changed and nothing to say of it. */
async function expectUntouched(bytes: Uint8Array): Promise<void> {
  const { model, report } = await reparameterize(bytes);
  expect(Buffer.compare(model, bytes)).toBe(0);
  expect(report).toMatchObject({ fusions: [], refusals: [] });
}

describe('graphs without work', () => {
  const inputs = [{ name: 'x', dims: [1, 4, 6, 5] }];
  const empty: TestGraph = { opset: 17, inputs: [], tensors: [], nodes: [], outputs: [] };

  it('an empty graph', () => expectUntouched(fileOf(empty)));
  it('a graph with nothing in its message', () =>
    expectUntouched(toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n, graph: {} }))));
  it('an output that is an input', () => expectUntouched(fileOf({ ...empty, inputs, outputs: ['x'] })));
  it('an output that is an initializer', () =>
    expectUntouched(fileOf({ ...empty, inputs, tensors: branchWeights('w'), outputs: ['w3'] })));
  it('an output that a Constant node makes', () =>
    expectUntouched(
      fileOf({ ...empty, inputs, tensors: branchWeights('w').map((w) => ({ ...w, byNode: true })), outputs: ['w1'] }),
    ));
  it('an output that is computed from constants', () =>
    expectUntouched(
      fileOf({
        ...empty,
        inputs,
        tensors: branchWeights('w'),
        nodes: [{ op: 'Neg', inputs: ['w1'], outputs: ['y'] }],
        outputs: ['y'],
      }),
    ));
});

async function expectFused(graph: TestGraph, operators: Readonly<Record<string, number>>) {
  const { report, model } = await reparameterize(fileOf(graph));
  expect(report.after.operatorCounts).toEqual(operators);
  const outcome = await compareConverted({ graph, runs: runsOf(graph) });
  expect(outcome.failure).toBeUndefined();
  expect(outcome).not.toMatchObject({ fusions: null }); // the runtime takes it
  return (await openModel(bytesSource(model))).graph;
}

describe('outputs beside what fuses', () => {
  it('weights that are outputs too stay', async () => {
    const parts = { nodes: branchNodes('x', 'w', 'y'), tensors: branchWeights('w'), outputs: ['y', 'w3'] };
    const written = await expectFused(image(parts), { Conv: 1 });
    expect([...written.initializers.keys()]).toContain('w3');
    expect([...written.initializers.keys()]).not.toContain('w1');
  });

  it('an input that is an output too', () =>
    expectFused(image({ nodes: branchNodes('x', 'w', 'y'), tensors: branchWeights('w'), outputs: ['x', 'y'] }), {
      Conv: 1,
    }));

  it('an output that is given out twice', async () => {
    const b = new GraphBuilder();
    const graph = b.graph(b.norm(b.conv('x', [3, 3])));
    const { report } = await reparameterize(fileOf({ ...graph, outputs: [...graph.outputs, ...graph.outputs] }));
    expect(report.after.operatorCounts).toEqual({ Conv: 1 });
  });

  it('a value under a second name that is an output', async () => {
    const nodes = [...branchNodes('x', 'w', 'y'), { op: 'Identity', inputs: ['y'], outputs: ['z'] }];
    const written = await expectFused(image({ nodes, tensors: branchWeights('w'), outputs: ['z'] }), { Conv: 1 });
    expect(written.nodes.map(({ outputs }) => outputs)).toEqual([['z']]);
  });
});

describe('parts that are left out', () => {
  it('a bias of no name', async () => {
    const nodes = branchNodes('x', 'w', 'y').map((node) =>
      node.op === 'Conv' ? { ...node, inputs: [...node.inputs, ''] } : node,
    );
    await expectFused(image({ nodes, tensors: branchWeights('w'), outputs: ['y'] }), { Conv: 1 });
  });

  it('nodes without names', async () => {
    const message = fromBinary(
      ModelProtoSchema,
      fileOf(image({ nodes: branchNodes('x', 'w', 'y'), tensors: branchWeights('w'), outputs: ['y'] })),
    );
    for (const node of message.graph!.node) node.name = '';
    const { report } = await reparameterize(toBinary(ModelProtoSchema, message));
    expect(report.fusions[0]!.nodes.map(({ name }) => name)).toEqual(['y_3', 'y_1', 'y']);
  });

  it('an opset import, which is then the first', async () => {
    const message = fromBinary(
      ModelProtoSchema,
      fileOf(image({ nodes: branchNodes('x', 'w', 'y'), tensors: [], outputs: ['y'] })),
    );
    message.opsetImport = [];
    const { report } = await reparameterize(toBinary(ModelProtoSchema, message));
    expect(report.opset).toBe(1);
  });
});
