/** Tensors: every way a file may hold their elements. */
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { FormatError, ReparamError, UnsupportedError } from '@reparam/core';
import { expect, test } from 'vitest';
import { DataType } from '../../src/elements/data-type.ts';
import { openModel } from '../../src/proto/model.ts';
import { type ByteSource, blobSource, bytesSource } from '../../src/proto/source.ts';
import type { OnnxTensor } from '../../src/proto/tensor.ts';
import { ModelProtoSchema, type TensorProtoSchema } from './gen/onnx_pb.js';

type TensorInit = MessageInitShape<typeof TensorProtoSchema>;

function encodeModel(tensor: TensorInit): Uint8Array {
  const graph = {
    initializer: [{ name: 'w', ...tensor }],
    node: [{ opType: 'Constant', attribute: [{ name: 'value', type: 4, t: { name: 'w', ...tensor } }] }],
  };
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n, graph }));
}

/** The tensor as an initializer, from a source that counts what is read. */
async function openTensor(tensor: TensorInit): Promise<OnnxTensor> {
  const { graph } = await openModel(bytesSource(encodeModel(tensor)));
  return graph.initializers.get('w')!;
}

const floats = Float32Array.from({ length: 20_000 }, (_, index) => index / 8);
const large: TensorInit = { dataType: 1, dims: [100n, 200n], rawData: new Uint8Array(floats.buffer) };

test('data over 64 KiB stays in the file until it is loaded, also in a Constant', async () => {
  const bytes = encodeModel(large);
  let readBytes = 0;
  const source: ByteSource = {
    size: bytes.length,
    read: async (start, end) => {
      readBytes += end - start;
      return bytes.slice(start, end);
    },
  };
  const { graph } = await openModel(source);
  const tensors = [graph.initializers.get('w')!, graph.nodes[0]!.attribute('value')!.tensor!];
  expect(readBytes).toBeLessThan(50_000);
  for (const tensor of tensors) {
    expect(tensor).toMatchObject({ dims: [100, 200], count: 20_000, byteLength: 80_000, loaded: false });
    expect(() => tensor.values()).toThrow(ReparamError);
    await tensor.load();
    await tensor.load();
    expect(tensor.loaded).toBe(true);
    expect(tensor.values()).toEqual(new Float32Array(floats));
    tensor.release();
    expect(tensor.loaded).toBe(false);
    expect(() => tensor.values()).toThrow('"w"');
  }
  expect(readBytes).toBeLessThan(50_000 + 2 * 80_000);
});

test('data of 64 KiB is loaded when the model is opened, and is not forgotten', async () => {
  const tensor = await openTensor({ dataType: 2, dims: [65_536n], rawData: new Uint8Array(65_536).fill(7) });
  expect(tensor.loaded).toBe(true);
  tensor.release();
  expect(tensor.values()).toEqual(new Float64Array(65_536).fill(7));
  expect((await openTensor({ dataType: 2, dims: [65_537n], rawData: new Uint8Array(65_537) })).loaded).toBe(false);
});

test('large typed data is loaded like raw data', async () => {
  const tensor = await openTensor({ dataType: 1, dims: [20_000n], floatData: [...floats] });
  expect(tensor).toMatchObject({ loaded: false, byteLength: 80_000 });
  await tensor.load();
  expect(tensor.values()).toEqual(new Float32Array(floats));
  expect(tensor.bytes()).toEqual(new Uint8Array(floats.buffer));
});

test('values are right at every offset in the file', async () => {
  for (let shift = 0; shift < 8; shift++)
    for (const rawType of [DataType.FLOAT, DataType.DOUBLE, DataType.INT64, DataType.FLOAT16]) {
      const bytes = new Uint8Array(16);
      if (rawType === DataType.FLOAT) new Float32Array(bytes.buffer).set([1, 2, 3, 4]);
      else if (rawType === DataType.DOUBLE) new Float64Array(bytes.buffer).set([1, 2]);
      else if (rawType === DataType.INT64) new BigInt64Array(bytes.buffer).set([1n, 2n]);
      else new Uint16Array(bytes.buffer).set([0x3c00, 0x4000, 0x4200, 0x4400, 0x3c00, 0x4000, 0x4200, 0x4400]);
      const count = { [DataType.FLOAT]: 4, [DataType.FLOAT16]: 8 }[rawType as 1 | 10] ?? 2;
      const tensor = await openTensor({
        name: 'w',
        docString: 'x'.repeat(shift),
        dataType: rawType,
        dims: [BigInt(count)],
        rawData: bytes,
      });
      expect([...tensor.values()]).toEqual([1, 2, 3, 4, 1, 2, 3, 4].slice(0, count));
    }
});

test('int32_data holds the bits of small types', async () => {
  const read = async (dataType: number, int32Data: number[]) => [
    ...(await openTensor({ dataType, dims: [BigInt(int32Data.length)], int32Data })).values(),
  ];
  expect(await read(DataType.FLOAT16, [0x3c00, 0xc000])).toEqual([1, -2]);
  expect(await read(DataType.BFLOAT16, [0x3f80, 0xc000])).toEqual([1, -2]);
  expect(await read(DataType.BOOL, [0, 1])).toEqual([0, 1]);
  expect(await read(DataType.INT8, [-128, 127])).toEqual([-128, 127]);
  expect(await read(DataType.UINT16, [0, 65_535])).toEqual([0, 65_535]);
  expect(await read(DataType.INT32, [-(2 ** 31), 2 ** 31 - 1])).toEqual([-(2 ** 31), 2 ** 31 - 1]);
});

test('the largest int64 stays huge', async () => {
  const int64Data = [2n ** 63n - 1n, -(2n ** 63n), -1n];
  const tensor = await openTensor({ dataType: DataType.INT64, dims: [3n], int64Data });
  expect([...tensor.values()]).toEqual([2 ** 63, -(2 ** 63), -1]);
  const rawData = new Uint8Array(BigInt64Array.from(int64Data).buffer);
  expect([...(await openTensor({ dataType: DataType.INT64, dims: [3n], rawData })).values()]).toEqual([
    ...tensor.values(),
  ]);
});

test('types without a plain number are opaque', async () => {
  const tensors = [
    { dataType: DataType.STRING, dims: [1n], stringData: [Uint8Array.of(65)] },
    { dataType: DataType.COMPLEX64, dims: [1n], floatData: [1, 2] },
    { dataType: DataType.FLOAT8E4M3FN, dims: [2n], int32Data: [1, 2] },
    { dataType: DataType.INT4, dims: [3n], rawData: new Uint8Array(2) },
    { dataType: DataType.UINT4, dims: [3n], int32Data: [1, 2] },
    { dataType: 99, dims: [3n], rawData: new Uint8Array(17) },
  ];
  for (const init of tensors) await expect(openTensorValues(init)).rejects.toThrow(UnsupportedError);
});

async function openTensorValues(init: TensorInit): Promise<Float64Array | Float32Array> {
  return (await openTensor(init)).values();
}

test('scalars, empty tensors, and tensors whose data was taken away', async () => {
  expect([...(await openTensorValues({ dataType: 1, floatData: [3] }))]).toEqual([3]);
  expect([...(await openTensorValues({ dataType: 1, dims: [2n ** 52n, 2n ** 52n, 0n] }))]).toEqual([]);
  const stripped = await openTensor({ dataType: 1, dims: [4n] });
  expect(stripped).toMatchObject({ count: 4, byteLength: 16 });
  expect(() => stripped.values()).toThrow(FormatError);
});

test.each([
  ['raw data too short', { dataType: 1, dims: [3n], rawData: new Uint8Array(11) }],
  ['raw data too long', { dataType: 1, dims: [3n], rawData: new Uint8Array(13) }],
  ['a negative dim', { dataType: 1, dims: [-3n], rawData: new Uint8Array(12) }],
  ['dims beyond any memory', { dataType: 1, dims: [2n ** 40n, 2n ** 40n], rawData: new Uint8Array(12) }],
  ['a dim beyond 2^53', { dataType: 1, dims: [2n ** 60n], floatData: [1] }],
  ['a huge count of integers in few bytes', { dataType: 7, dims: [2n ** 50n], int64Data: [1n, 2n] }],
  ['a huge count of floats in few bytes', { dataType: 1, dims: [2n ** 50n], floatData: [1, 2] }],
])('%s is a FormatError before anything is allocated', async (_, init) => {
  await expect(openTensor(init)).rejects.toThrow(FormatError);
});

test('too few, or too many, typed elements are a FormatError when they are read', async () => {
  await expect(openTensorValues({ dataType: 7, dims: [2n], int64Data: [300n] })).rejects.toThrow(FormatError);
  await expect(openTensorValues({ dataType: 7, dims: [2n], int64Data: [1n, 2n, 3n] })).rejects.toThrow(FormatError);
  await expect(openTensorValues({ dataType: 1, dims: [2n], floatData: [1, 2, 3] })).rejects.toThrow(FormatError);
});

test('a browser Blob is read in ranges', async () => {
  const blob = new Blob([encodeModel(large) as Uint8Array<ArrayBuffer>]);
  const { graph } = await openModel(blobSource(blob));
  const tensor = graph.initializers.get('w')!;
  await tensor.load();
  expect(tensor.values()).toEqual(new Float32Array(floats));
});
