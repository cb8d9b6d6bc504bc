/** Damaged and hostile files: a FormatError at worst, and no memory or time without end. */
import { create, toBinary } from '@bufbuild/protobuf';
import { FormatError, UnsupportedError } from '@reparam/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { collectChunks } from '../../src/proto/chunks.ts';
import { messageField } from '../../src/proto/encode.ts';
import type { OnnxGraph } from '../../src/proto/graph.ts';
import { type OnnxModel, openModel } from '../../src/proto/model.ts';
import { bytesSource } from '../../src/proto/source.ts';
import { writeModel } from '../../src/proto/write.ts';
import { ModelProtoSchema } from './gen/onnx_pb.js';
import { noChange } from './no-change.ts';
import { errorOf, small, text } from './small-model.ts';

/** Reads everything there is to read. */
async function readAll(model: OnnxModel): Promise<void> {
  await readGraph(model.graph);
  for (const { graph } of model.functions.values()) await readGraph(graph);
  for (const tensor of model.graph.initializers.values()) {
    await tensor.load();
    tensor.values();
  }
  await collectChunks(writeModel(model, { ...noChange, removeInitializers: new Set(['w']) }));
}

async function readGraph(graph: OnnxGraph): Promise<void> {
  for (const node of graph.nodes) {
    node.captures;
    for (const name of node.attributeNames) {
      const attribute = node.attribute(name)!;
      if (attribute.tensor?.loaded) attribute.tensor.values();
      if (attribute.graph) await readGraph(attribute.graph);
    }
  }
}

/** Reads everything; true if that works, false on the errors that are allowed. */
async function isReadable(bytes: Uint8Array): Promise<boolean> {
  try {
    await readAll(await openModel(bytesSource(bytes), { external: () => bytesSource(new Uint8Array(8)) }));
    return true;
  } catch (error) {
    if (error instanceof FormatError || error instanceof UnsupportedError) return false;
    throw error;
  }
}

test('a model cut at any byte is a FormatError, or a shorter model', async () => {
  expect(await isReadable(small)).toBe(true);
  for (let length = 0; length < small.length; length++) await isReadable(small.subarray(0, length));
});

test('a model with any one byte changed is a FormatError, or another model', async () => {
  for (let at = 0; at < small.length; at++)
    for (const value of [0, 1, 0x7f, 0x80, 0xff, small[at]! ^ 1, small[at]! ^ 0x10, small[at]! + 1]) {
      const bytes = small.slice();
      bytes[at] = value;
      await isReadable(bytes);
    }
});

test('models with many bytes changed, and random bytes', async () => {
  const changes = fc.array(fc.tuple(fc.nat(small.length - 1), fc.nat(255)), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(changes, async (some) => {
      const bytes = small.slice();
      for (const [at, value] of some) bytes[at] = value;
      await isReadable(bytes);
    }),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 2000) },
  );
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => void (await isReadable(bytes))));
}, 60_000);

function nestedGraphs(depth: number, padding: number): Uint8Array {
  let graph = new Uint8Array(0) as Uint8Array;
  for (let level = 0; level < depth; level++)
    graph = messageField(1, [
      messageField(5, [messageField(6, [graph]), messageField(1, [text('g')])]),
      messageField(6, [new Uint8Array(padding)]),
    ]);
  return messageField(7, [graph]);
}

test('graphs nested too deep are a FormatError, small ones and large ones', async () => {
  expect(await isReadable(nestedGraphs(30, 0))).toBe(true);
  expect(await isReadable(nestedGraphs(30, 70_000))).toBe(true);
  expect(await isReadable(nestedGraphs(1000, 0))).toBe(false);
  expect(await isReadable(nestedGraphs(100, 70_000))).toBe(false);
});

test('groups nested too deep, without an end, or ended twice', async () => {
  const starts = (count: number) => new Uint8Array(count).fill(0x4b);
  const ends = (count: number) => new Uint8Array(count).fill(0x4c);
  const graph = messageField(7, []);
  const join = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
  expect(await isReadable(join(graph, starts(50), ends(50)))).toBe(true);
  expect(await isReadable(join(starts(50), ends(50), graph))).toBe(true);
  expect(await isReadable(join(messageField(7, [starts(50), ends(50)])))).toBe(true);
  expect(await isReadable(join(graph, starts(100_000), ends(100_000)))).toBe(false);
  expect(await isReadable(messageField(7, [starts(30_000), ends(30_000)]))).toBe(false);
  expect(await isReadable(join(graph, starts(2), ends(1)))).toBe(false);
  expect(await isReadable(join(graph, starts(1), ends(2)))).toBe(false);
  expect(await isReadable(join(graph, starts(1), Uint8Array.of(0x54)))).toBe(false);
});

test('lengths beyond the file, and beyond 2^53, are a FormatError', async () => {
  for (const length of [
    [0x7f],
    [0xff, 0xff, 0xff, 0xff, 0x0f],
    [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
    [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1],
  ])
    expect(await errorOf(Uint8Array.from([0x3a, ...length, 10, 0]))).toBeInstanceOf(FormatError);
});

test('millions of empty nodes do not fill the memory', async () => {
  const graph = new Uint8Array(6_000_000).map((_, index) => (index % 2 ? 0 : 0x0a));
  expect(await isReadable(messageField(7, [graph]))).toBe(false);
}, 60_000);

test.each(['/etc/passwd', '../secret', 'a/../../b', 'C:\\x', 'a\\..\\..\\b', '..', '', 'a\0b', './../x'])(
  'external data in "%s" is refused',
  async (location) => {
    const tensor = {
      name: 'w',
      dataType: 1,
      dims: [2n],
      dataLocation: 1,
      externalData: [{ key: 'location', value: location }],
    };
    const bytes = toBinary(ModelProtoSchema, create(ModelProtoSchema, { graph: { initializer: [tensor] } }));
    let asked = false;
    const external = () => {
      asked = true;
      return bytesSource(new Uint8Array(8));
    };
    await expect(openModel(bytesSource(bytes), { external })).rejects.toThrow(FormatError);
    expect(asked).toBe(false);
  },
);
