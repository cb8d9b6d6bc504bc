/** External data as it is read. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { FormatError } from '@reparam/core';
import { expect, test } from 'vitest';
import { openModelFile } from '../../src/node.ts';
import { openModel } from '../../src/proto/model.ts';
import { bytesSource } from '../../src/proto/source.ts';
import { firstNumbers, LARGE, modelWithExternals, newFolder, saveModel, valuesOf } from './external-models.ts';
import { ModelProtoSchema } from './gen/onnx_pb.js';

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
