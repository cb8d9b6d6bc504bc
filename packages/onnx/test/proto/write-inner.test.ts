/** Patches of bodies and functions, at any depth, together with one of the graph around. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { collectChunks } from '../../src/proto/chunks.ts';
import { Fields, wholeFile } from '../../src/proto/fields.ts';
import type { OnnxGraph } from '../../src/proto/graph.ts';
import { type OnnxModel, openModel } from '../../src/proto/model.ts';
import { bytesSource } from '../../src/proto/source.ts';
import { type GraphPatch, type ModelPatch, writeModel } from '../../src/proto/write.ts';
import * as arbitrary from './arbitrary-model.ts';
import { type GraphProto, type ModelProto, ModelProtoSchema, type NodeProto } from './gen/onnx_pb.js';
import { patches, patchFunction, patchGraph } from './patch-oracle.ts';
import { reEncode } from './re-encode.ts';

/** A graph inside a model: as the view has it, and how to patch it in the oracle's message. */
interface Inner {
  readonly graph: OnnxGraph;
  readonly isFunction: boolean;
  apply(patch: GraphPatch): void;
}

/** Innermost first, as the oracle's nodes are replaced from the inside out. */
function innerGraphs(model: OnnxModel, message: ModelProto): Inner[] {
  const functions = [...model.functions.values()].flatMap(({ graph }) => {
    const [place] = graph.places;
    const index = message.functions.findIndex((_, at) => functionStarts(model)[at] === place!.fileStart);
    const definition = message.functions[index]!;
    const own: Inner = { graph, isFunction: true, apply: (patch) => patchFunction(definition, patch) };
    return [...bodiesIn(graph, definition.node), own];
  });
  return [...bodiesIn(model.graph, message.graph!.node), ...functions];
}

/** Offsets of all functions, those of one name too. */
function functionStarts({ skeleton }: OnnxModel): number[] {
  const starts: number[] = [];
  for (const fields = new Fields(skeleton, [wholeFile(skeleton)]); fields.next(); )
    if (fields.tag === ((25 << 3) | 2)) starts.push(fields.fileStart);
  return starts;
}

function bodiesIn({ nodes }: { nodes: OnnxGraph['nodes'] }, messages: readonly NodeProto[]): Inner[] {
  return nodes.flatMap(({ subgraphs }, index) => {
    const bodies = messages[index]!.attribute.flatMap(bodiesOf);
    return subgraphs.flatMap(({ graph }, place): Inner[] => {
      const body = bodies[place]!;
      const own: Inner = { graph, isFunction: false, apply: (patch) => patchGraph(body, patch) };
      return [...bodiesIn(graph, body.node), own];
    });
  });
}

function bodiesOf({ g, graphs, type }: NodeProto['attribute'][number]): readonly GraphProto[] {
  return type === 10 ? graphs : g ? [g] : [];
}

test('patches of inner graphs do what the same changes of the oracle do, in every valid encoding', async () => {
  const numbers = fc.array(fc.nat(), { minLength: 64, maxLength: 64 });
  let patched = 0;
  await fc.assert(
    fc.asyncProperty(arbitrary.model, numbers, fc.infiniteStream(patches(3)), async (init, digits, stream) => {
      let next = 0;
      const random = (bound: number) => digits[next++ % digits.length]! % bound;
      const canonical = toBinary(ModelProtoSchema, create(ModelProtoSchema, init));
      const bytes = random(2) ? canonical : reEncode(canonical, ModelProtoSchema, random);
      const expected = fromBinary(ModelProtoSchema, bytes);
      const model = await openModel(bytesSource(bytes));
      const inner = new Map<OnnxGraph, GraphPatch>();
      for (const { graph, isFunction, apply } of innerGraphs(model, expected)) {
        if (random(3) === 0) continue;
        const patch = fitTo(stream.next().value!, graph, isFunction);
        inner.set(graph, patch);
        apply(patch);
        patched++;
      }
      const outer = fitTo(stream.next().value!, model.graph, false);
      patchGraph(expected.graph!, outer);
      const patch: ModelPatch = { ...outer, inner };
      const written = await collectChunks(writeModel(model, patch));
      const again = toBinary(ModelProtoSchema, fromBinary(ModelProtoSchema, written));
      expect(Buffer.compare(again, toBinary(ModelProtoSchema, expected))).toBe(0);
    }),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 200) },
  );
  expect(patched).toBeGreaterThan(50);
}, 120_000);

/** The patch with places that the graph has; without what a function cannot hold. */
function fitTo(patch: GraphPatch, { nodes }: OnnxGraph, isFunction: boolean): GraphPatch {
  const insertNodes = patch.insertNodes.map(({ before, node }) => ({ before: Math.min(before, nodes.length), node }));
  const none = {
    addInitializers: [],
    addEnds: [],
    declareOutputs: undefined,
    removeInitializers: new Set<string>(),
  };
  return { ...patch, insertNodes, ...(isFunction ? none : {}) };
}
