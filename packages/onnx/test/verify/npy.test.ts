/** Arrays in .npy files, as inputs. */
import { readFileSync } from 'node:fs';
import { listFixtures, parseNpy as parseNpyOracle } from '@reparam/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseNpy } from '../../src/verify/index.ts';

interface Npy {
  readonly description?: string;
  readonly fortran?: boolean;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
  readonly version?: number;
  readonly header?: string;
}

/** The bytes that NumPy writes. */
function npy({ description = '<f4', fortran = false, shape, data, version = 1, header }: Npy): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const order = fortran ? 'True' : 'False';
  const text = header ?? `{'descr': '${description}', 'fortran_order': ${order}, 'shape': ${tuple}, }`;
  const head = version === 1 ? 10 : 12;
  const padded = Buffer.from(`${text.padEnd(64 * Math.ceil((text.length + 1 + head) / 64) - head - 1)}\n`);
  const length = Buffer.alloc(head - 8);
  if (version === 1) length.writeUInt16LE(padded.length);
  else length.writeUInt32LE(padded.length);
  return Buffer.concat([Buffer.from('\x93NUMPY', 'latin1'), Buffer.from([version, 0]), length, padded, data]);
}

const bytesOf = (array: ArrayBufferView) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

describe('parseNpy', () => {
  test.each([
    ['f2', 'float16', new Uint16Array([0x3c00, 0xc000])],
    ['f4', 'float32', new Float32Array([1.5, -2])],
    ['f8', 'float64', new Float64Array([1.5, -2e-300])],
    ['i1', 'int8', new Int8Array([1, -2])],
    ['i2', 'int16', new Int16Array([1, -300])],
    ['i4', 'int32', new Int32Array([1, -70_000])],
    ['i8', 'int64', new BigInt64Array([1n, -(2n ** 60n)])],
    ['u1', 'uint8', new Uint8Array([1, 255])],
    ['u2', 'uint16', new Uint16Array([1, 65_535])],
    ['u4', 'uint32', new Uint32Array([1, 2 ** 32 - 1])],
    ['u8', 'uint64', new BigUint64Array([1n, 2n ** 64n - 1n])],
    ['b1', 'bool', new Uint8Array([1, 0])],
  ] as const)('reads %s as %s, in both byte orders and all versions', (name, type, data) => {
    const swapped = bytesOf(data).slice();
    for (let at = 0; at < swapped.length; at += data.BYTES_PER_ELEMENT)
      swapped.subarray(at, at + data.BYTES_PER_ELEMENT).reverse();
    for (const version of [1, 2, 3]) {
      const little = npy({ description: `<${name}`, shape: [2], data: bytesOf(data), version });
      const big = npy({ description: `>${name}`, shape: [2], data: swapped, version });
      expect(parseNpy(little)).toEqual({ type, dims: [2], data });
      expect(parseNpy(big)).toEqual({ type, dims: [2], data });
    }
  });

  test('reads scalars, empty arrays, and bytes off any boundary', () => {
    const scalar = npy({ shape: [], data: bytesOf(new Float32Array([7])) });
    expect(parseNpy(scalar)).toEqual({ type: 'float32', dims: [], data: new Float32Array([7]) });
    expect(parseNpy(npy({ shape: [0, 3], data: new Uint8Array(0) })).data).toEqual(new Float32Array(0));
    const shifted = Buffer.concat([Buffer.from([1]), scalar]).subarray(1);
    expect(parseNpy(shifted).data).toEqual(new Float32Array([7]));
  });

  test('puts Fortran order into C order', () => {
    const dims = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(dims, (shape) => {
        const count = shape.reduce((product, dim) => product * dim, 1);
        const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, dim) => product * dim, 1));
        const inFortran = Float32Array.from({ length: count }, (_, at) => at);
        const inC = Float32Array.from({ length: count }, (_, at) => {
          let rest = at;
          let place = 0;
          for (let axis = shape.length - 1; axis >= 0; axis--) {
            place += (rest % shape[axis]!) * strides[axis]!;
            rest = Math.floor(rest / shape[axis]!);
          }
          return place;
        });
        expect(parseNpy(npy({ fortran: true, shape, data: bytesOf(inFortran) })).data).toEqual(inC);
      }),
    );
  });

  test('reads what NumPy wrote', () => {
    const digits = new URL('../../../../examples/digits/', import.meta.url);
    const urls = ['test-images.npy', 'test-labels.npy'].map((name) => new URL(name, digits));
    for (const file of [...urls, ...listFixtures().map(({ inputPath }) => inputPath)]) {
      const bytes = readFileSync(file);
      const expected = parseNpyOracle(bytes);
      expect(parseNpy(bytes)).toMatchObject({ dims: expected.shape, data: expected.data });
    }
  });

  const four = new Uint8Array(4);
  test.each([
    ['other bytes', new Uint8Array(200), 'other bytes'],
    ['an empty file', new Uint8Array(0), 'other bytes'],
    ['a version of the future', npy({ shape: [1], data: four, version: 9 }), 'format version 9'],
    ['complex numbers', npy({ description: '<c8', shape: [1], data: new Uint8Array(8) }), 'type <c8'],
    ['text', npy({ description: '<U1', shape: [1], data: four }), 'type <U1'],
    ['objects', npy({ description: '|O', shape: [1], data: four }), 'type |O'],
    [
      'records',
      npy({ header: "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", shape: [], data: four }),
      "[('a', '<f4')]",
    ],
    ['no shape', npy({ header: "{'descr': '<f4', 'fortran_order': False}", shape: [], data: four }), 'the header'],
    ['a huge shape', npy({ shape: [2 ** 40, 2 ** 40], data: four }), 'shape'],
    ['too little data', npy({ shape: [2], data: four }), '4 bytes of data, expected 8'],
    ['too much data', npy({ shape: [], data: new Uint8Array(8) }), '8 bytes of data, expected 4'],
    ['a header cut off', npy({ shape: [1], data: four }).subarray(0, 40), 'a header cut off'],
  ])('refuses %s', (_, bytes, found) => {
    expect(() => parseNpy(bytes)).toThrow(
      expect.objectContaining({
        code: 'malformed-npy',
        message: expect.stringContaining(found),
        hint: expect.any(String),
      }),
    );
  });
});
