/** Random models, as messages of the oracle. */
import type { DescMessage, Message, MessageInitShape } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { float, int64, name, sparseTensor, tensor, text } from './arbitrary-tensor.ts';
import type {
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  ValueInfoProtoSchema,
} from './gen/onnx_pb.js';

/** Plain data to make a message from. */
type Init<Schema extends DescMessage> = Exclude<MessageInitShape<Schema>, Message>;
type Attribute = Init<typeof AttributeProtoSchema>;
type Graph = Init<typeof GraphProtoSchema>;
type Model = Init<typeof ModelProtoSchema>;
type Node = Init<typeof NodeProtoSchema>;
type ValueInfo = Init<typeof ValueInfoProtoSchema>;

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
