import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { FormatError, ReparamError } from '@reparam/core';
import { afterAll, expect, test } from 'vitest';
import { DataType } from '../../src/elements/data-type.ts';
import { openFile, openModelFile, writeChunks, writeModelFiles } from '../../src/node.ts';
import { type OnnxModel, openModel } from '../../src/proto/model.ts';
import { type ByteSource, bytesSource } from '../../src/proto/source.ts';
import { type ModelPatch, writeModel } from '../../src/proto/write.ts';
import { ModelProtoSchema, type TensorProto, type TensorProtoSchema } from './gen/onnx_pb.js';
import { noChange } from './no-change.ts';

const root = mkdtempSync(join(tmpdir(), 'reparam-'));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;

function newFolder(): string {
  const folder = join(root, String(folders++));
  mkdirSync(folder);
  return folder;
}

type TensorInit = MessageInitShape<typeof TensorProtoSchema>;

function external(name: string, location: string, offset: number | undefined, count: number): TensorInit {
  const externalData = [
    { key: 'location', value: location },
    ...(offset === undefined
      ? []
      : [
          { key: 'offset', value: String(offset) },
          { key: 'length', value: String(4 * count) },
        ]),
    { key: 'checksum', value: '0000' },
  ];
  return { name, dataType: 1, dims: [BigInt(count)], dataLocation: 1, externalData };
}

const LARGE = 300_000;

/** Tensors of 300,000 and 4 floats in one file, 3 in another, in a Constant 20,000, one in a function, two of them shared. */
function modelWithExternals(): { model: Uint8Array; files: Map<string, Uint8Array> } {
  const floats = (count: number, first: number) =>
    new Uint8Array(Float32Array.from({ length: count }, (_, i) => first + i).buffer);
  const weights = new Uint8Array(4 * (LARGE + 4) + 100 + 80_000);
  weights.set(floats(LARGE, 1), 100);
  weights.set(floats(4, 7), 4 * LARGE + 100);
  weights.set(floats(20_000, 2), 4 * (LARGE + 4) + 100);
  const message = create(ModelProtoSchema, {
    irVersion: 8n,
    graph: {
      initializer: [
        external('large', 'weights.bin', 100, LARGE),
        external('small', 'weights.bin', 4 * LARGE + 100, 4),
        external('tied', 'weights.bin', 100, LARGE),
        external('other', 'data/other.bin', undefined, 3),
        { name: 'inside', dataType: 1, dims: [1n], floatData: [5] },
      ],
      node: [
        {
          opType: 'Constant',
          output: ['c'],
          attribute: [{ name: 'value', type: 4, t: external('', 'weights.bin', 4 * (LARGE + 4) + 100, 20_000) }],
        },
        {
          opType: 'If',
          attribute: [
            { name: 'then_branch', type: 5, g: { initializer: [external('nested', 'data/other.bin', 4, 2)] } },
          ],
        },
      ],
    },
    functions: [
      { name: 'f', node: [{ attribute: [{ name: 'value', type: 4, t: external('', 'weights.bin', 100, 4) }] }] },
    ],
  });
  const files = new Map([
    ['weights.bin', weights],
    ['data/other.bin', floats(3, 40)],
  ]);
  return { model: toBinary(ModelProtoSchema, message), files };
}

function saveModel(folder: string, name = 'model.onnx'): string {
  const { model, files } = modelWithExternals();
  mkdirSync(join(folder, 'data'));
  for (const [location, bytes] of files) writeFileSync(join(folder, location), bytes);
  writeFileSync(join(folder, name), model);
  return join(folder, name);
}

async function valuesOf(model: OnnxModel, name: string): Promise<number[]> {
  const tensor = model.graph.initializers.get(name)!;
  await tensor.load();
  return [...tensor.values()];
}

const firstNumbers = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index);

test('external data is read from beside the model: small at once, large on load', async () => {
  const model = await openModelFile(saveModel(newFolder()));
  const { initializers } = model.graph;
  expect([...initializers.values()].map(({ loaded }) => loaded)).toEqual([false, true, false, true, true]);
  expect(initializers.get('large')).toMatchObject({
    byteLength: 4 * LARGE,
    external: { location: 'weights.bin', offset: 100 },
  });
  expect(await valuesOf(model, 'large')).toEqual(firstNumbers(1, LARGE));
  expect(await valuesOf(model, 'small')).toEqual([7, 8, 9, 10]);
  expect(await valuesOf(model, 'other')).toEqual([40, 41, 42]);
  const constant = model.graph.nodes[0]!.attribute('value')!.tensor!;
  await constant.load();
  expect([...constant.values()]).toEqual(firstNumbers(2, 20_000));
  const nested = model.graph.nodes[1]!.attribute('then_branch')!.graph!.initializers.get('nested')!;
  await nested.load();
  expect([...nested.values()]).toEqual([41, 42]);
  model.close();
});

test('external files may be given by any source', async () => {
  const { model, files } = modelWithExternals();
  const opened: string[] = [];
  const external = async (location: string) => {
    opened.push(location);
    return bytesSource(files.get(location)!);
  };
  expect(await valuesOf(await openModel(bytesSource(model), { external }), 'other')).toEqual([40, 41, 42]);
  expect(opened).toEqual(['weights.bin', 'data/other.bin']);
});

test('a missing external file is named, with the tensor and what to do', async () => {
  const path = saveModel(newFolder());
  rmSync(join(path, '../weights.bin'));
  const error = await openModelFile(path).catch((caught) => caught);
  expect(error).toBeInstanceOf(FormatError);
  expect(error.message).toMatch(/"large".*"weights.bin".*no such file/);
  expect(error.hint).toContain('Put "weights.bin" in the folder of the model');
});

test('a model opens without its external files, until they are needed', async () => {
  const model = await openModel(bytesSource(modelWithExternals().model));
  const error = await valuesOf(model, 'large').catch((caught) => caught);
  expect(error).toBeInstanceOf(FormatError);
  expect(error.message).toContain('"weights.bin"');
});

test.each([
  ['an offset beyond the file', [['offset', '99']]],
  ['a length beyond the file', [['length', '13']]],
  ['an offset that is no number', [['offset', '1e1']]],
  ['a negative length', [['length', '-4']]],
  ['an offset of 25 digits', [['offset', '1'.repeat(25)]]],
  ['a length that does not fit the shape', [['length', '8']]],
])('external data with %s is a FormatError', async (_, entries) => {
  const externalData = [['location', 'w'], ...entries].map(([key, value]) => ({ key: key!, value: value! }));
  const initializer = [{ name: 'w', dataType: 1, dims: [3n], dataLocation: 1, externalData }];
  const bytes = toBinary(ModelProtoSchema, create(ModelProtoSchema, { graph: { initializer } }));
  const source = { external: () => bytesSource(new Uint8Array(12)) };
  await expect(openModel(bytesSource(bytes), source)).rejects.toThrow(FormatError);
});

function readMessage(path: string) {
  return fromBinary(ModelProtoSchema, readFileSync(path));
}

function placeOf(tensor: TensorProto): Record<string, string> {
  return Object.fromEntries(tensor.externalData.map(({ key, value }) => [key, value]));
}

const newBytes = (length: number, value: number) => new Uint8Array(length).fill(value);

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

test('a file that exists is not replaced unless told, and nothing is left behind', async () => {
  const folder = newFolder();
  const path = join(folder, 'a.onnx');
  await writeChunks(path, [Uint8Array.of(1)]);
  const error = await writeChunks(path, [Uint8Array.of(2)]).catch((caught) => caught);
  expect(error).toBeInstanceOf(ReparamError);
  expect(error).toMatchObject({ code: 'cannot-write', message: expect.stringContaining('exists already') });
  expect([...readFileSync(path)]).toEqual([1]);
  await writeChunks(path, [Uint8Array.of(2)], { overwrite: true });
  expect([...readFileSync(path)]).toEqual([2]);
  expect(readdirSync(folder)).toEqual(['a.onnx']);
});

test('an external file in the way leaves the model unwritten too', async () => {
  const folder = newFolder();
  const model = await openModelFile(saveModel(newFolder()));
  writeFileSync(join(folder, 'out.onnx_data'), 'mine');
  const written = writeModelFiles(join(folder, 'out.onnx'), model, {
    ...noChange,
    removeInitializers: new Set(['small']),
  });
  await expect(written).rejects.toThrow('out.onnx_data');
  expect(readdirSync(folder)).toEqual(['out.onnx_data']);
  expect(readFileSync(join(folder, 'out.onnx_data'), 'utf8')).toBe('mine');
});

test('folders that are missing, and targets that are no files, are told apart', async () => {
  const folder = newFolder();
  await expect(writeChunks(join(folder, 'no/a.onnx'), [])).rejects.toThrow('its folder does not exist');
  await expect(writeChunks(folder, [], { overwrite: true })).rejects.toThrow('not a file');
  await expect(writeChunks('/dev/null', [], { overwrite: true })).rejects.toThrow('not a file');
  expect(existsSync('/dev/null')).toBe(true);
});

test('a chunk that fails leaves nothing behind', async () => {
  const folder = newFolder();
  const source: ByteSource = { size: 9, read: () => Promise.reject(new Error('no network')) };
  const written = writeChunks(join(folder, 'a'), [Uint8Array.of(1), { source, start: 0, end: 9 }]);
  await expect(written).rejects.toThrow('no network');
  expect(readdirSync(folder)).toEqual([]);
});

test('files that cannot be read are ReparamErrors', () => {
  const folder = newFolder();
  expect(() => openFile(join(folder, 'none'))).toThrow(ReparamError);
  expect(() => openFile(join(folder, 'none'))).toThrow('there is no such file');
  expect(() => openFile(folder)).toThrow('not a file');
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  expect(() => openFile(join(folder, 'pipe'))).toThrow('not a file');
});

test('a source on disk reads ranges, and follows links', () => {
  const folder = newFolder();
  writeFileSync(join(folder, 'a'), Uint8Array.from(firstNumbers(0, 100)));
  symlinkSync('a', join(folder, 'b'));
  const file = openFile(join(folder, 'b'));
  expect(file.size).toBe(100);
  expect([...file.read(10, 13)]).toEqual([10, 11, 12]);
  const target = new Uint8Array(4);
  expect(file.readInto(target, 98)).toBe(2);
  file.close();
  file.close();
});

test('a patched model in one file equals the one in memory', async () => {
  const folder = newFolder();
  const tensor = { name: 'w', dataType: 1, dims: [30_000n], rawData: newBytes(120_000, 9) };
  const init = { graph: { initializer: [tensor], node: [{ opType: 'Relu' }, { opType: 'Tanh' }] } };
  const input = join(folder, 'in.onnx');
  writeFileSync(input, toBinary(ModelProtoSchema, create(ModelProtoSchema, init)));
  const model = await openModelFile(input);
  const patch = { ...noChange, removeNodes: new Set([0]) };
  await writeModelFiles(join(folder, 'a.onnx'), model, patch);
  await writeChunks(join(folder, 'b.onnx'), writeModel(model, patch));
  expect(readFileSync(join(folder, 'a.onnx')).equals(readFileSync(join(folder, 'b.onnx')))).toBe(true);
  expect(readMessage(join(folder, 'a.onnx')).graph!.node.map(({ opType }) => opType)).toEqual(['Tanh']);
});
