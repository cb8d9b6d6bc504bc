/** The view against the oracle, for random models in every valid encoding. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { collectChunks } from '../../src/proto/chunks.ts';
import { openModel } from '../../src/proto/model.ts';
import { blobSource, bytesSource } from '../../src/proto/source.ts';
import { writeModel } from '../../src/proto/write.ts';
import * as arbitrary from './arbitrary-model.ts';
import { describeModel } from './describe-view.ts';
import { expectedModel } from './expected-view.ts';
import { ModelProtoSchema } from './gen/onnx_pb.js';
import { noChange } from './no-change.ts';
import { reEncode } from './re-encode.ts';

const runs = { numRuns: Number(process.env.FUZZ_RUNS ?? 100) };

/** What the view says about encoded bytes, given as they are and as a blob. */
async function viewsOf(bytes: Uint8Array): Promise<unknown[]> {
  const sources = [bytesSource(bytes), blobSource(new Blob([bytes as Uint8Array<ArrayBuffer>]))];
  return Promise.all(sources.map(async (source) => describeModel(await openModel(source))));
}

async function unchanged(bytes: Uint8Array): Promise<boolean> {
  const model = await openModel(blobSource(new Blob([bytes as Uint8Array<ArrayBuffer>])));
  return Buffer.compare(await collectChunks(writeModel(model, noChange)), bytes) === 0;
}

test('the view shows what the oracle reads', async () => {
  await fc.assert(
    fc.asyncProperty(arbitrary.model, async (init) => {
      const message = create(ModelProtoSchema, init);
      const bytes = toBinary(ModelProtoSchema, message);
      for (const view of await viewsOf(bytes)) expect(view).toEqual(expectedModel(message));
      expect(await unchanged(bytes)).toBe(true);
    }),
    runs,
  );
}, 120_000);

test('the view shows the same for every valid encoding, and writes it unchanged', async () => {
  await fc.assert(
    fc.asyncProperty(arbitrary.model, fc.array(fc.nat(), { minLength: 64, maxLength: 64 }), async (init, numbers) => {
      const message = create(ModelProtoSchema, init);
      let next = 0;
      const random = (bound: number) => numbers[next++ % numbers.length]! % bound;
      const bytes = reEncode(toBinary(ModelProtoSchema, message), ModelProtoSchema, random);
      expect(expectedModel(fromBinary(ModelProtoSchema, bytes))).toEqual(expectedModel(message));
      for (const view of await viewsOf(bytes)) expect(view).toEqual(expectedModel(message));
      expect(await unchanged(bytes)).toBe(true);
    }),
    runs,
  );
}, 120_000);
