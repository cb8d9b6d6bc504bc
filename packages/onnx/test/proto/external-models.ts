/** Models with external data, and folders to keep them in, for tests. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { afterAll } from 'vitest';
import type { OnnxModel } from '../../src/proto/model.ts';
import { ModelProtoSchema, type TensorProto, type TensorProtoSchema } from './gen/onnx_pb.js';

const root = mkdtempSync(join(tmpdir(), 'reparam-'));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;

export function newFolder(): string {
  const folder = join(root, String(folders++));
  mkdirSync(folder);
  return folder;
}

type TensorInit = MessageInitShape<typeof TensorProtoSchema>;

export function external(name: string, location: string, offset: number | undefined, count: number): TensorInit {
  const externalData = [
    { key: 'location', value: location },
    ...(offset === undefined
      ? []
      : [
          { key: 'offset', value: String(offset) },
          { key: 'length', value: String(4 * count) },
        ]),
    { key: 'checksum', value: '0000' },
  ];
  return { name, dataType: 1, dims: [BigInt(count)], dataLocation: 1, externalData };
}

export const LARGE = 300_000;

/** Tensors of 300,000 and 4 floats in one file, 3 in another, in a Constant 20,000, one in a function, two of them shared. */
export function modelWithExternals(): { model: Uint8Array; files: Map<string, Uint8Array> } {
  const floats = (count: number, first: number) =>
    new Uint8Array(Float32Array.from({ length: count }, (_, i) => first + i).buffer);
  const weights = new Uint8Array(4 * (LARGE + 4) + 100 + 80_000);
  weights.set(floats(LARGE, 1), 100);
  weights.set(floats(4, 7), 4 * LARGE + 100);
  weights.set(floats(20_000, 2), 4 * (LARGE + 4) + 100);
  const message = create(ModelProtoSchema, {
    irVersion: 8n,
    graph: {
      initializer: [
        external('large', 'weights.bin', 100, LARGE),
        external('small', 'weights.bin', 4 * LARGE + 100, 4),
        external('tied', 'weights.bin', 100, LARGE),
        external('other', 'data/other.bin', undefined, 3),
        { name: 'inside', dataType: 1, dims: [1n], floatData: [5] },
      ],
      node: [
        {
          opType: 'Constant',
          output: ['c'],
          attribute: [{ name: 'value', type: 4, t: external('', 'weights.bin', 4 * (LARGE + 4) + 100, 20_000) }],
        },
        {
          opType: 'If',
          attribute: [
            { name: 'then_branch', type: 5, g: { initializer: [external('nested', 'data/other.bin', 4, 2)] } },
          ],
        },
      ],
    },
    functions: [
      { name: 'f', node: [{ attribute: [{ name: 'value', type: 4, t: external('', 'weights.bin', 100, 4) }] }] },
    ],
  });
  const files = new Map([
    ['weights.bin', weights],
    ['data/other.bin', floats(3, 40)],
  ]);
  return { model: toBinary(ModelProtoSchema, message), files };
}

export function saveModel(folder: string, name = 'model.onnx'): string {
  const { model, files } = modelWithExternals();
  mkdirSync(join(folder, 'data'));
  for (const [location, bytes] of files) writeFileSync(join(folder, location), bytes);
  writeFileSync(join(folder, name), model);
  return join(folder, name);
}

export async function valuesOf(model: OnnxModel, name: string): Promise<number[]> {
  const tensor = model.graph.initializers.get(name)!;
  await tensor.load();
  return [...tensor.values()];
}

export const firstNumbers = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => first + index);

export function readMessage(path: string) {
  return fromBinary(ModelProtoSchema, readFileSync(path));
}

export function placeOf(tensor: TensorProto): Record<string, string> {
  return Object.fromEntries(tensor.externalData.map(({ key, value }) => [key, value]));
}

export const newBytes = (length: number, value: number) => new Uint8Array(length).fill(value);
