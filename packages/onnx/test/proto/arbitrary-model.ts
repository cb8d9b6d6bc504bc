/** Random models, as messages of the oracle. */

import type { DescMessage, Message, MessageInitShape } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { byteLengthOf, DataType } from '../../src/elements/data-type.ts';
import type {
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  SparseTensorProtoSchema,
  TensorProtoSchema,
  ValueInfoProtoSchema,
} from './gen/onnx_pb.js';

/** Plain data to make a message from. */
type Init<Schema extends DescMessage> = Exclude<MessageInitShape<Schema>, Message>;
type Attribute = Init<typeof AttributeProtoSchema>;
type Graph = Init<typeof GraphProtoSchema>;
type Model = Init<typeof ModelProtoSchema>;
type Node = Init<typeof NodeProtoSchema>;
type Sparse = Init<typeof SparseTensorProtoSchema>;
type Tensor = Init<typeof TensorProtoSchema>;
type ValueInfo = Init<typeof ValueInfoProtoSchema>;

const name = fc.oneof(
  fc.constantFrom('a', 'b', 'c', 'd', 'conv.weight', '/layers.0/Conv_output_0'),
  fc.string({ unit: 'grapheme', maxLength: 9 }),
);
const text = fc.oneof(
  { weight: 99, arbitrary: fc.string({ unit: 'grapheme', maxLength: 20 }) },
  { weight: 1, arbitrary: fc.constantFrom('long '.repeat(20_000), 'x'.repeat(65_536), 'y'.repeat(65_537)) },
);
const int64 = fc.oneof(
  fc.bigInt({ min: -5n, max: 300n }),
  fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n - 1n, -1n, 2n ** 31n, 2n ** 32n),
);
const float = fc.oneof(fc.float(), fc.constantFrom(0, -0, 1.5, Infinity, -Infinity, NaN));

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

const sparseTensor: fc.Arbitrary<Sparse> = fc.record({
  values: tensor,
  indices: tensor,
  dims: fc.array(int64, { maxLength: 3 }),
});

const dim = fc.oneof(
  fc.record({ case: fc.constant('dimValue' as const), value: int64 }),
  fc.record({ case: fc.constant('dimParam' as const), value: fc.constantFrom('batch', 'N', '') }),
  fc.constant({ case: undefined }),
);
const tensorType = fc.record({
  elemType: fc.integer({ min: 0, max: 20 }),
  shape: fc.option(fc.record({ dim: fc.array(fc.record({ value: dim, denotation: text }), { maxLength: 4 }) }), {
    nil: undefined,
  }),
});
const valueInfo: fc.Arbitrary<ValueInfo> = fc.record({
  name,
  docString: text,
  type: fc.option(
    fc.record({
      denotation: fc.constantFrom('', 'IMAGE'),
      value: fc.oneof(
        fc.record({ case: fc.constant('tensorType' as const), value: tensorType }),
        fc.record({ case: fc.constant('sparseTensorType' as const), value: tensorType }),
        fc.record({ case: fc.constant('opaqueType' as const), value: fc.record({ name }) }),
      ),
    }),
    { nil: undefined },
  ) as fc.Arbitrary<ValueInfo['type'] & object>,
});

const bytes = fc.oneof(
  { weight: 29, arbitrary: fc.string({ maxLength: 12 }).map((value) => new TextEncoder().encode(value)) },
  { weight: 1, arbitrary: fc.constant(new Uint8Array(70_000).fill(65)) },
);

function attribute(depth: number): fc.Arbitrary<Attribute> {
  const kinds: fc.Arbitrary<Attribute>[] = [
    fc.record({ type: fc.constantFrom(0, 1), f: float }),
    fc.record({ type: fc.constantFrom(0, 2), i: int64 }),
    fc.record({ type: fc.constantFrom(0, 3), s: bytes }),
    fc.record({ type: fc.constantFrom(0, 4), t: tensor }),
    fc.record({ type: fc.constant(6), floats: fc.array(float, { maxLength: 5 }) }),
    fc.record({
      type: fc.constant(7),
      ints: fc.oneof(
        { weight: 29, arbitrary: fc.array(int64, { maxLength: 5 }) },
        { weight: 1, arbitrary: fc.constant(Array.from({ length: 30_000 }, (_, index) => BigInt(index))) },
      ),
    }),
    fc.record({ type: fc.constant(8), strings: fc.array(bytes, { maxLength: 3 }) }),
    fc.record({ type: fc.constant(9), tensors: fc.array(tensor, { maxLength: 2 }) }),
    fc.record({ type: fc.constant(11), sparseTensor }),
    fc.record({ type: fc.constantFrom(2, 7, 1, 6, 3) }),
    fc.record({ type: fc.constantFrom(1, 2, 5, 7), refAttrName: fc.constantFrom('alpha', 'axis') }),
  ];
  if (depth > 0)
    kinds.push(
      fc.record({ type: fc.constantFrom(0, 5), g: graph(depth - 1) }),
      fc.record({ type: fc.constant(10), graphs: fc.array(graph(depth - 1), { maxLength: 2 }) }),
    );
  return fc
    .record({ value: fc.oneof(...kinds), docString: text })
    .map(({ value, docString }) => ({ ...value, docString }));
}

function node(depth: number): fc.Arbitrary<Node> {
  return fc.record({
    input: fc.array(name, { maxLength: 3 }),
    output: fc.array(name, { maxLength: 2 }),
    name,
    opType: fc.constantFrom('Conv', 'Add', 'If', 'Constant', ''),
    domain: fc.constantFrom('', 'ai.onnx', 'com.microsoft'),
    overload: fc.constantFrom('', 'other'),
    docString: text,
    attribute: fc
      .array(attribute(depth), { maxLength: 3 })
      .map((attributes) => attributes.map((value, index) => ({ ...value, name: `attribute ${index}` }))),
    metadataProps: fc.array(fc.record({ key: name, value: text }), { maxLength: 1 }),
  });
}

/** Graphs; subgraphs are nested up to `depth` deep. */
export function graph(depth: number): fc.Arbitrary<Graph> {
  return fc.record({
    name,
    node: fc.array(node(depth), { maxLength: 4 }),
    initializer: fc.array(tensor, { maxLength: 3 }),
    sparseInitializer: fc.array(sparseTensor, { maxLength: 1 }),
    input: fc.array(valueInfo, { maxLength: 2 }),
    output: fc.array(valueInfo, { maxLength: 2 }),
    valueInfo: fc.array(valueInfo, { maxLength: 2 }),
    docString: text,
    metadataProps: fc.array(fc.record({ key: name, value: text }), { maxLength: 1 }),
  });
}

const opset = fc.record({ domain: fc.constantFrom('', 'ai.onnx', 'com.x'), version: int64 });

/** Whole models, with everything that a patch must leave alone. */
export const model: fc.Arbitrary<Model> = fc.record({
  irVersion: fc.bigInt({ min: 1n, max: 12n }),
  opsetImport: fc.array(opset, { maxLength: 3 }),
  producerName: name,
  producerVersion: fc.constantFrom('', '2.4'),
  docString: text,
  graph: graph(2),
  metadataProps: fc.array(fc.record({ key: name, value: text }), { maxLength: 2 }),
  trainingInfo: fc.array(fc.record({ algorithm: graph(0) }), { maxLength: 1 }),
  functions: fc.array(
    fc.record({
      name,
      domain: fc.constantFrom('', 'ai.onnx', 'local'),
      overload: fc.constantFrom('', 'other'),
      input: fc.array(name, { maxLength: 3 }),
      output: fc.array(name, { maxLength: 2 }),
      attribute: fc.array(name, { maxLength: 2 }),
      attributeProto: fc.array(attribute(0), { maxLength: 1 }),
      opsetImport: fc.array(opset, { maxLength: 2 }),
      valueInfo: fc.array(valueInfo, { maxLength: 2 }),
      node: fc.array(node(1), { maxLength: 2 }),
    }),
    {
      maxLength: 2,
    },
  ),
});
