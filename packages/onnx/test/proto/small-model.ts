/** A small file with one of everything, and errors of opening files, for tests. */
import { create, toBinary } from '@bufbuild/protobuf';
import type { ReparamError } from '@reparam/core';
import { expect } from 'vitest';
import { openModel } from '../../src/proto/model.ts';
import { bytesSource } from '../../src/proto/source.ts';
import { ModelProtoSchema } from './gen/onnx_pb.js';

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** One of everything that the view reads, in under a kilobyte. */
export const small: Uint8Array = toBinary(
  ModelProtoSchema,
  create(ModelProtoSchema, {
    irVersion: 8n,
    producerName: 'pytorch',
    opsetImport: [{ domain: '', version: 17n }],
    functions: [
      {
        domain: 'local',
        name: 'f',
        input: ['a'],
        output: ['b'],
        attribute: ['slope'],
        opsetImport: [{ domain: '', version: 17n }],
        node: [
          {
            opType: 'LeakyRelu',
            input: ['a'],
            output: ['b'],
            attribute: [{ name: 'alpha', type: 1, refAttrName: 'slope' }],
          },
        ],
        valueInfo: [{ name: 'b' }],
      },
    ],
    graph: {
      name: 'g',
      node: [
        {
          opType: 'If',
          input: ['x'],
          output: ['y'],
          attribute: [
            {
              name: 'g',
              type: 5,
              g: { node: [{ opType: 'Relu', input: ['outer'], output: ['z'] }], output: [{ name: 'z' }] },
            },
            { name: 'ints', type: 7, ints: [1n, -1n] },
            { name: 'floats', type: 6, floats: [1, 2] },
            { name: 's', type: 3, s: text('constant') },
            { name: 't', type: 4, t: { dims: [2n], dataType: 7, int64Data: [1n, 300n] } },
          ],
        },
      ],
      initializer: [
        { name: 'w', dims: [2n, 1n], dataType: 1, rawData: new Uint8Array(8) },
        { name: 'e', dims: [2n], dataType: 1, dataLocation: 1, externalData: [{ key: 'location', value: 'w.bin' }] },
      ],
      sparseInitializer: [
        {
          dims: [4n],
          values: { dims: [1n], dataType: 1, floatData: [1] },
          indices: { dims: [1n], dataType: 7, int64Data: [3n] },
        },
      ],
      input: [
        {
          name: 'x',
          type: {
            value: {
              case: 'tensorType',
              value: { elemType: 1, shape: { dim: [{ value: { case: 'dimParam', value: 'N' } }] } },
            },
          },
        },
      ],
      output: [{ name: 'y' }],
    },
  }),
);

/** The error of opening a file. */
export async function errorOf(bytes: Uint8Array, name?: string): Promise<ReparamError> {
  return openModel(bytesSource(bytes), { name }).then(
    () => expect.fail('it opened'),
    (error) => error,
  );
}
