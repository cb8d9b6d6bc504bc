/** Random names, texts, numbers and tensors, as messages of the oracle. */
import type { DescMessage, Message, MessageInitShape } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { byteLengthOf, DataType } from '../../src/elements/data-type.ts';
import type { SparseTensorProtoSchema, TensorProtoSchema } from './gen/onnx_pb.js';

/** Plain data to make a message from. */
type Init<Schema extends DescMessage> = Exclude<MessageInitShape<Schema>, Message>;
type Sparse = Init<typeof SparseTensorProtoSchema>;
type Tensor = Init<typeof TensorProtoSchema>;

export const name = fc.oneof(
  fc.constantFrom('a', 'b', 'c', 'd', 'conv.weight', '/layers.0/Conv_output_0'),
  fc.string({ unit: 'grapheme', maxLength: 9 }),
);
export const text = fc.oneof(
  { weight: 99, arbitrary: fc.string({ unit: 'grapheme', maxLength: 20 }) },
  { weight: 1, arbitrary: fc.constantFrom('long '.repeat(20_000), 'x'.repeat(65_536), 'y'.repeat(65_537)) },
);
export const int64 = fc.oneof(
  fc.bigInt({ min: -5n, max: 300n }),
  fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n - 1n, -1n, 2n ** 31n, 2n ** 32n),
);
export const float = fc.oneof(fc.float(), fc.constantFrom(0, -0, 1.5, Infinity, -Infinity, NaN));

/** Tensors whose data fits their shape; rarely one of more than 64 KiB. */
export const tensor: fc.Arbitrary<Tensor> = fc
  .record({
    name,
    dims: fc.oneof(
      { weight: 30, arbitrary: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }) },
      { weight: 1, arbitrary: fc.constantFrom<number[][]>([20_000], [150, 131], [8193, 2, 2]) },
    ),
    dataType: fc.constantFrom(...Object.values(DataType).filter((type) => type > 0 && type <= DataType.BFLOAT16)),
    raw: fc.boolean(),
    docString: fc.option(text, { nil: '' }),
    seed: fc.integer(),
  })
  .map(({ dims, dataType, raw, seed, ...rest }): Tensor => {
    const count = elementCount(dims);
    return { ...rest, dims: dims.map((dim) => BigInt(dim)), dataType, ...tensorData(dataType, count, raw, seed) };
  });

function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

function tensorData(dataType: number, count: number, raw: boolean, seed: number): Partial<Tensor> {
  const random = (index: number) => Math.imul(seed ^ (index * 0x9e3779b1), 0x85ebca6b) >>> 3;
  const some = <Value>(length: number, value: (index: number) => Value) =>
    Array.from({ length }, (_, index) => value(index));
  if (dataType === DataType.STRING) return { stringData: some(count, (index) => Uint8Array.of(random(index) & 127)) };
  if (raw) return { rawData: Uint8Array.from(some(byteLengthOf(dataType, count)!, random)) };
  switch (dataType) {
    case DataType.FLOAT:
      return { floatData: some(count, (index) => Math.fround(random(index) / 1e6 - 200)) };
    case DataType.COMPLEX64:
      return { floatData: some(2 * count, random).map(Math.fround) };
    case DataType.DOUBLE:
      return { doubleData: some(count, (index) => random(index) / 1e6 - 200) };
    case DataType.COMPLEX128:
      return { doubleData: some(2 * count, random) };
    case DataType.INT64:
      return { int64Data: some(count, (index) => BigInt(random(index)) * (index % 2 ? -1n : 2n ** 20n)) };
    case DataType.UINT32:
      return { uint64Data: some(count, (index) => BigInt(random(index))) };
    case DataType.UINT64:
      return { uint64Data: some(count, (index) => BigInt(random(index)) << (index % 2 ? 35n : 2n)) };
    case DataType.INT8:
    case DataType.INT16:
    case DataType.INT32:
      return { int32Data: some(count, (index) => (random(index) % 100) - 50) };
    case DataType.BOOL:
      return { int32Data: some(count, (index) => random(index) & 1) };
    case DataType.UINT8:
      return { int32Data: some(count, (index) => random(index) & 255) };
    default:
      return { int32Data: some(count, (index) => random(index) & 65_535) };
  }
}

export const sparseTensor: fc.Arbitrary<Sparse> = fc.record({
  values: tensor,
  indices: tensor,
  dims: fc.array(int64, { maxLength: 3 }),
});
