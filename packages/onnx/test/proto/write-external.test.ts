/** External data as it is written. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { DataType } from '../../src/elements/data-type.ts';
import { openModelFile, writeModelFiles } from '../../src/node.ts';
import { openModel } from '../../src/proto/model.ts';
import { type ByteSource, bytesSource } from '../../src/proto/source.ts';
import type { ModelPatch } from '../../src/proto/write.ts';
import {
  firstNumbers,
  LARGE,
  modelWithExternals,
  newBytes,
  newFolder,
  placeOf,
  readMessage,
  saveModel,
  valuesOf,
} from './external-models.ts';
import { ModelProtoSchema } from './gen/onnx_pb.js';
import { noChange } from './no-change.ts';

test('a changed model has one external file, with what is still used and new large tensors', async () => {
  const path = saveModel(newFolder());
  const model = await openModelFile(path);
  const patch: ModelPatch = {
    ...noChange,
    removeInitializers: new Set(['small']),
    addInitializers: [
      { name: 'new large', dataType: DataType.UINT8, dims: [2_000_000], bytes: newBytes(2_000_000, 3) },
      { name: 'new small', dataType: DataType.UINT8, dims: [1024], bytes: newBytes(1024, 4) },
    ],
  };
  const folder = newFolder();
  const output = join(folder, 'deploy.onnx');
  await writeModelFiles(output, model, patch);
  expect(readdirSync(folder).toSorted()).toEqual(['deploy.onnx', 'deploy.onnx_data']);

  const { graph, functions } = readMessage(output);
  const byName = new Map(graph!.initializer.map((tensor) => [tensor.name, tensor]));
  expect([...byName.keys()]).toEqual(['large', 'tied', 'other', 'inside', 'new large', 'new small']);
  expect(Object.keys(placeOf(byName.get('large')!))).toEqual(['location', 'offset', 'length']);
  expect(placeOf(byName.get('large')!)).toEqual(placeOf(byName.get('tied')!));
  expect(byName.get('new small')!.rawData).toHaveLength(1024);
  const nested = graph!.node[1]!.attribute[0]!.g!.initializer[0]!;
  const ofFunction = functions[0]!.node[0]!.attribute[0]!.t!;
  for (const tensor of [byName.get('large')!, byName.get('new large')!, byName.get('other')!, nested, ofFunction]) {
    const { location, offset, length } = placeOf(tensor);
    expect(location).toBe('deploy.onnx_data');
    expect(Number(offset) % (Number(length) > 2 ** 20 ? 65_536 : 16)).toBe(0);
  }

  const again = await openModelFile(output);
  expect(await valuesOf(again, 'tied')).toEqual(firstNumbers(1, LARGE));
  expect(await valuesOf(again, 'other')).toEqual([40, 41, 42]);
  expect(new Set(await valuesOf(again, 'new large'))).toEqual(new Set([3]));
  again.close();
  model.close();
});

test('no external file is left when no external tensor is', async () => {
  const folder = newFolder();
  const { model: bytes } = modelWithExternals();
  const source = { external: () => bytesSource(new Uint8Array(2_000_000)) };
  const message = fromBinary(ModelProtoSchema, bytes);
  message.graph!.node = [];
  message.functions = [];
  message.graph!.initializer = message.graph!.initializer.slice(0, 3);
  const model = await openModel(bytesSource(toBinary(ModelProtoSchema, message)), source);
  const patch = { ...noChange, removeInitializers: new Set(['large', 'small', 'tied']) };
  await writeModelFiles(join(folder, 'out.onnx'), model, patch);
  expect(readdirSync(folder)).toEqual(['out.onnx']);
});

test('without a change all files are copied as they are, next to the new model', async () => {
  const path = saveModel(newFolder());
  const model = await openModelFile(path);
  const folder = newFolder();
  await writeModelFiles(join(folder, 'copy.onnx'), model, noChange);
  expect(readdirSync(folder).toSorted()).toEqual(['copy.onnx', 'data', 'weights.bin']);
  for (const [from, to] of [
    ['model.onnx', 'copy.onnx'],
    ['weights.bin', 'weights.bin'],
    ['data/other.bin', 'data/other.bin'],
  ])
    expect(readFileSync(join(folder, to!)).equals(readFileSync(join(path, '..', from!)))).toBe(true);

  await writeModelFiles(join(path, '../copy.onnx'), model, noChange);
  expect(readFileSync(join(path, '../copy.onnx')).equals(readFileSync(path))).toBe(true);
  model.close();
});

test('a model and its external file may be replaced by the changed ones', async () => {
  const folder = newFolder();
  const first = join(folder, 'first.onnx');
  const input = await openModelFile(saveModel(newFolder()));
  await writeModelFiles(first, input, { ...noChange, removeInitializers: new Set(['small']) });
  input.close();
  const model = await openModelFile(first);
  await writeModelFiles(first, model, { ...noChange, removeInitializers: new Set(['tied']) }, { overwrite: true });
  model.close();
  expect(readdirSync(folder).toSorted()).toEqual(['first.onnx', 'first.onnx_data']);
  expect(await valuesOf(await openModelFile(first), 'large')).toEqual(firstNumbers(1, LARGE));
});

test('a result over 2 GiB goes to an external file', async () => {
  const folder = newFolder();
  const tensor = { name: 'w', dataType: 1, dims: [30_000n], rawData: new Uint8Array(120_000) };
  const bytes = toBinary(ModelProtoSchema, create(ModelProtoSchema, { graph: { initializer: [tensor] } }));
  const huge = 2 ** 31;
  const asked: [number, number][] = [];
  const source: ByteSource = {
    size: huge,
    read: (start, end) => {
      asked.push([start, end]);
      throw new Error('stop here');
    },
  };
  const addInitializers = [
    { name: 'huge', dataType: DataType.UINT8, dims: [huge], bytes: { source, start: 0, end: huge } },
  ];
  const written = writeModelFiles(join(folder, 'out.onnx'), await openModel(bytesSource(bytes)), {
    ...noChange,
    addInitializers,
  });
  await expect(written).rejects.toThrow(`"${join(folder, 'out.onnx_data')}" cannot be written: stop here`);
  expect(asked).toEqual([[0, huge]]);
  expect(readdirSync(folder)).toEqual([]);
});
