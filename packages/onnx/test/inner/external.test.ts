/** External weights of Constant nodes, bodies and functions. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clearField, create, fromBinary, isMessage, toBinary } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { reparameterize } from '../../src/index.ts';
import { reparameterizeFile } from '../../src/node.ts';
import { openModel } from '../../src/proto/model.ts';
import { bytesSource } from '../../src/proto/source.ts';
import { fileOf, type TestGraph } from '../graph-file.ts';
import {
  ModelProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProtoSchema,
} from '../proto/gen/onnx_pb.js';
import { createSession, relativeError, runSession, signedValues } from '../runtime.ts';
import { branchNodes, branchWeights, condition, image } from './inner-graph.ts';

/** The file with all float tensors, wherever they are, in a file beside it. */
function outside(bytes: Uint8Array): { bytes: Uint8Array; data: Uint8Array } {
  const parts: Uint8Array[] = [];
  let offset = 0;
  const moveOut = (tensor: TensorProto) => {
    const entries = { location: 'weights.bin', offset: String(offset), length: String(tensor.rawData.length) };
    parts.push(tensor.rawData);
    offset += tensor.rawData.length;
    clearField(tensor, TensorProtoSchema.field.rawData);
    tensor.dataLocation = 1;
    tensor.externalData = Object.entries(entries).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value }),
    );
  };
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
    if (isMessage(value, TensorProtoSchema) && value.rawData.length > 1) moveOut(value);
    else for (const inner of Object.values(value)) visit(inner);
  };
  const message = fromBinary(ModelProtoSchema, bytes);
  visit(message);
  return { bytes: toBinary(ModelProtoSchema, message), data: Buffer.concat(parts) };
}

it('external weights of Constant nodes, bodies and functions are read, small ones at once', async () => {
  const norm = (input: string, output: string) => ({
    op: 'BatchNormalization',
    inputs: [input, 'scale', 'shift', 'mean', 'variance'],
    outputs: [output],
  });
  const statistics = ['scale', 'shift', 'mean', 'variance'].map((name) => ({
    name,
    dims: [4],
    values: [1.5, 0.5, 2, 1],
    byNode: true,
  }));
  const body: TestGraph = {
    opset: 17,
    inputs: [],
    tensors: [
      ...branchWeights('b'),
      ...statistics.map((tensor) => ({ ...tensor, name: `b${tensor.name}`, byNode: false })),
    ],
    nodes: [
      ...branchNodes('x', 'b', 'inside'),
      { ...norm('inside', 'normal'), inputs: ['inside', 'bscale', 'bshift', 'bmean', 'bvariance'] },
    ],
    outputs: ['normal'],
  };
  const nodes = [
    ...branchNodes('x', 'w', 'y'),
    norm('y', 'n'),
    {
      op: 'If',
      inputs: ['condition'],
      outputs: ['z'],
      attributes: { then_branch: { body }, else_branch: { body: { ...body, ...renamed(body) } } },
    },
    { op: 'Block', domain: 'local', inputs: ['z'], outputs: ['f'] },
  ];
  const block = {
    name: 'Block',
    inputs: ['input'],
    outputs: ['output'],
    nodes: branchNodes('input', 'f', 'output'),
    tensors: branchWeights('f'),
  };
  const tensors = [condition, ...branchWeights('w').map((w) => ({ ...w, byNode: true })), ...statistics];
  const whole = fileOf(image({ nodes, tensors, outputs: ['n', 'f'], functions: [block] }));
  const { bytes, data } = outside(whole);
  const model = await openModel(bytesSource(bytes), { external: () => bytesSource(data) });
  const converted = await reparameterize(model);
  expect(converted.report.after.operatorCounts).toEqual({ Conv: 4, If: 1, Block: 1 });
  const [before, after] = [await createSession(whole), await createSession((await reparameterize(whole)).model)];
  const x = signedValues([1, 4, 6, 5], 1);
  const [expected, actual] = [await runSession(before, { x }), await runSession(after, { x })];
  for (const name of ['n', 'f']) expect(relativeError(actual[name]!, expected[name]!)).toBeLessThan(1e-5);
});

it('new weights of bodies lie beside the model where its others do', async () => {
  const body = (prefix: string): TestGraph => ({
    opset: 17,
    inputs: [],
    tensors: branchWeights(prefix, 8),
    nodes: branchNodes('x', prefix, `${prefix}_y`),
    outputs: [`${prefix}_y`],
  });
  const attributes = { then_branch: { body: body('a') }, else_branch: { body: body('b') } };
  const nodes = [{ op: 'If', inputs: ['condition'], outputs: ['y'], attributes }];
  const inputs = [{ name: 'x', dims: [1, 8, 6, 5] }];
  const whole = fileOf({ ...image({ nodes, tensors: [condition], outputs: ['y'] }), inputs });
  const { bytes, data } = outside(whole);
  const folder = mkdtempSync(join(tmpdir(), 'reparam-'));
  try {
    writeFileSync(join(folder, 'train.onnx'), bytes);
    writeFileSync(join(folder, 'weights.bin'), data);
    const report = await reparameterizeFile(join(folder, 'train.onnx'), join(folder, 'deploy.onnx'));
    expect(report.after.operatorCounts).toEqual({ Conv: 2, If: 1 });
    expect(statSync(join(folder, 'deploy.onnx_data')).size).toBeGreaterThan(2 * 8 * 8 * 9 * 4 - 1);
    const [before, after] = [await createSession(whole), await createSession(join(folder, 'deploy.onnx'))];
    const x = signedValues([1, 8, 6, 5], 1);
    const [expected, actual] = [await runSession(before, { x }), await runSession(after, { x })];
    expect(relativeError(actual.y!, expected.y!)).toBeLessThan(1e-5);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** The same body with other names. */
function renamed(body: TestGraph): TestGraph {
  const text = JSON.stringify(body, (key, value) =>
    typeof value === 'string' && value !== 'x' && key !== 'op' && !/^[A-Z]/.test(value) ? `other_${value}` : value,
  );
  return JSON.parse(text) as TestGraph;
}
