/** Patches of the main graph against the oracle, and what they leave as it is. */
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DataType } from '../../src/elements/data-type.ts';
import { type Chunk, collectChunks, totalSize } from '../../src/proto/chunks.ts';
import { openModel } from '../../src/proto/model.ts';
import { outputField } from '../../src/proto/new-parts.ts';
import { type ByteSource, bytesSource } from '../../src/proto/source.ts';
import { type ModelPatch, writeModel } from '../../src/proto/write.ts';
import * as arbitrary from './arbitrary-model.ts';
import { ModelProtoSchema } from './gen/onnx_pb.js';
import { noChange } from './no-change.ts';
import { newBytes, patches, patchGraph } from './patch-oracle.ts';
import { reEncode } from './re-encode.ts';

async function writePatched(bytes: Uint8Array, patch: ModelPatch): Promise<Uint8Array> {
  return collectChunks(writeModel(await openModel(bytesSource(bytes)), patch));
}

test('a patch does what the same change of the oracle does, in every valid encoding', async () => {
  const input = arbitrary.model.chain((init) => fc.tuple(fc.constant(init), patches(init.graph?.node?.length ?? 0)));
  await fc.assert(
    fc.asyncProperty(input, fc.array(fc.nat(), { minLength: 64, maxLength: 64 }), async ([init, patch], numbers) => {
      let next = 0;
      const random = (bound: number) => numbers[next++ % numbers.length]! % bound;
      const canonical = toBinary(ModelProtoSchema, create(ModelProtoSchema, init));
      const bytes = random(2) ? canonical : reEncode(canonical, ModelProtoSchema, random);
      const expected = fromBinary(ModelProtoSchema, bytes);
      patchGraph(expected.graph!, patch);
      const written = await writePatched(bytes, patch);
      const again = toBinary(ModelProtoSchema, fromBinary(ModelProtoSchema, written));
      expect(Buffer.compare(again, toBinary(ModelProtoSchema, expected))).toBe(0);
    }),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 100) },
  );
}, 120_000);

type ModelInit = MessageInitShape<typeof ModelProtoSchema>;

function encode(init: ModelInit): Uint8Array {
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, init));
}

/** An encoded model with three nodes. */
function threeNodes(): Uint8Array {
  return encode({
    irVersion: 8n,
    producerName: 'test',
    graph: {
      name: 'graph',
      node: ['a', 'b', 'c'].map((name) => ({ name, opType: 'Relu', input: [`${name} in`], output: [`${name} out`] })),
      initializer: [{ name: 'w', dims: [100n, 200n], dataType: 1, rawData: new Uint8Array(80_000).fill(1) }],
    },
  });
}

test('bytes around a change stay where they are in the file, as few ranges', async () => {
  const bytes = threeNodes();
  const source = bytesSource(bytes);
  const chunks = writeModel(await openModel(source), { ...noChange, removeNodes: new Set([1]) });
  const ranges = chunks.filter((chunk) => !(chunk instanceof Uint8Array));
  expect(ranges).toHaveLength(3);
  expect(totalSize(ranges)).toBeGreaterThan(80_000);
  expect(totalSize(chunks) - totalSize(ranges)).toBeLessThan(8);
});

test('nothing is read to write an untouched weight', async () => {
  const bytes = threeNodes();
  let longest = 0;
  const source: ByteSource = {
    size: bytes.length,
    read: (start, end) => {
      longest = Math.max(longest, end - start);
      return bytes.slice(start, end);
    },
  };
  writeModel(await openModel(source), { ...noChange, removeNodes: new Set([1]) });
  expect(longest).toBeLessThanOrEqual(20_000);
});

test('new nodes without an original go to the end of a graph, also of an empty one', async () => {
  const bytes = encode({ irVersion: 8n, graph: {} });
  const patch: ModelPatch = {
    ...noChange,
    insertNodes: [{ before: 0, node: { opType: 'Relu', name: 'n', inputs: ['x'], outputs: ['y'] } }],
    addInitializers: [{ name: 'w', dataType: DataType.FLOAT, dims: [], bytes: new Uint8Array(4) }],
    addEnds: [outputField('y')],
  };
  const { graph } = await openModel(bytesSource(await writePatched(bytes, patch)));
  expect(graph.nodes.map(({ opType }) => opType)).toEqual(['Relu']);
  expect([...graph.initializers.keys()]).toEqual(['w']);
  expect(graph.outputs).toEqual([{ name: 'y', elementType: null, dims: null }]);
});

test('data of a new tensor may come from a source, read once when the model is written', async () => {
  const reads: [number, number][] = [];
  const source: ByteSource = {
    size: 8,
    read: async (start, end) => {
      reads.push([start, end]);
      return newBytes;
    },
  };
  const data: Chunk = { source, start: 0, end: 8 };
  const patch = { ...noChange, addInitializers: [{ name: 'w', dataType: DataType.FLOAT, dims: [2], bytes: data }] };
  const chunks = writeModel(await openModel(bytesSource(threeNodes())), patch);
  expect(reads).toEqual([]);
  const { graph } = await openModel(bytesSource(await collectChunks(chunks)));
  expect(reads).toEqual([[0, 8]]);
  expect([...graph.initializers.get('w')!.values()]).toEqual([1, 2]);
});

test('a change that makes a model longer than 2 GiB is refused, and says what to do', async () => {
  const model = await openModel(bytesSource(threeNodes()));
  const source: ByteSource = { size: 2 ** 31, read: () => new Uint8Array(0) };
  const data = { source, start: 0, end: 2 ** 31 };
  const patch = {
    ...noChange,
    addInitializers: [{ name: 'w', dataType: DataType.UINT8, dims: [2 ** 31], bytes: data }],
  };
  expect(() => writeModel(model, patch)).toThrow(
    expect.objectContaining({ code: 'model-too-large', hint: expect.stringContaining('external') }),
  );
});

test('names that are not UTF-8 keep their bytes', async () => {
  const bytes = threeNodes();
  const at = Buffer.from(bytes).indexOf('a in');
  bytes.set([0xc4, 0xe3, 0xba, 0xc3], at);
  const model = await openModel(bytesSource(bytes));
  const name = model.graph.nodes[0]!.inputs[0]!;
  const insertNodes = [{ before: 0, node: { opType: 'Relu', name: `${name}!`, inputs: [name], outputs: ['y'] } }];
  const written = await collectChunks(writeModel(model, { ...noChange, insertNodes }));
  expect(written.filter((byte) => byte === 0xba)).toHaveLength(3);
  expect(Buffer.from(written).includes(Buffer.from([0xc4, 0xe3, 0xba, 0xc3, 33]))).toBe(true);
});

test('200,000 new nodes in one place are no trouble', async () => {
  const node = { opType: 'Relu', name: 'n', inputs: ['x'], outputs: ['y'] };
  const insertNodes = Array.from({ length: 200_000 }, () => ({ before: 1, node }));
  const written = await writePatched(threeNodes(), { ...noChange, insertNodes });
  expect((await openModel(bytesSource(written))).graph.nodes).toHaveLength(200_003);
});
