/** Files on disk: written whole or not at all, read in ranges. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { ReparamError } from '@reparam/core';
import { expect, test } from 'vitest';
import { openFile, openModelFile, writeChunks, writeModelFiles } from '../../src/node.ts';
import type { ByteSource } from '../../src/proto/source.ts';
import { writeModel } from '../../src/proto/write.ts';
import { firstNumbers, newBytes, newFolder, readMessage, saveModel } from './external-models.ts';
import { ModelProtoSchema } from './gen/onnx_pb.js';
import { noChange } from './no-change.ts';

test('a file that exists is not replaced unless told, and nothing is left behind', async () => {
  const folder = newFolder();
  const path = join(folder, 'a.onnx');
  await writeChunks(path, [Uint8Array.of(1)]);
  const error = await writeChunks(path, [Uint8Array.of(2)]).catch((caught) => caught);
  expect(error).toBeInstanceOf(ReparamError);
  expect(error).toMatchObject({ code: 'already-exists', message: expect.stringContaining('exists already') });
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
