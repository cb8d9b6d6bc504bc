/** Elements of tensors, from and to bytes. */
import { UnsupportedError } from '@reparam/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { byteLengthOf, DataType, dataTypeName } from '../../src/elements/data-type.ts';
import { decodeElements } from '../../src/elements/decode.ts';
import { encodeElements } from '../../src/elements/encode.ts';
import { bfloat16, float16 } from './expected-tensor.ts';

const allBits = Uint16Array.from({ length: 65_536 }, (_, index) => index);
const smallFloats = [
  { name: 'float16', dataType: DataType.FLOAT16, value: float16, infinity: 0x7c00 },
  { name: 'bfloat16', dataType: DataType.BFLOAT16, value: bfloat16, infinity: 0x7f80 },
];

function encodeSmall(values: readonly number[], dataType: number): Uint16Array {
  const { bytes } = encodeElements(Float64Array.from(values), dataType);
  return new Uint16Array(bytes.buffer, bytes.byteOffset, values.length);
}

for (const { name, dataType, value, infinity } of smallFloats) {
  test(`${name}: every value decodes by its definition and encodes back`, () => {
    const values = decodeElements(new Uint8Array(allBits.buffer), dataType);
    expect(values).toEqual(Float64Array.from(allBits, value));
    const encoded = encodeSmall([...values], dataType);
    for (const bits of allBits)
      if (Number.isNaN(values[bits]!)) expect(encoded[bits]! & infinity).toBe(infinity);
      else if (encoded[bits] !== bits) expect.fail(`${bits} became ${encoded[bits]}`);
  });

  test(`${name}: rounds to nearest, ties to even, in one step`, () => {
    for (let bits = 0; bits < infinity; bits++) {
      const here = value(bits);
      const next = bits + 1 === infinity ? 2 * here - value(bits - 1) : value(bits + 1);
      const half = (here + next) / 2;
      const even = bits % 2 === 0 ? bits : bits + 1;
      const below = half - Math.max(half * 2 ** -52, Number.MIN_VALUE);
      const above = half + Math.max(half * 2 ** -52, Number.MIN_VALUE);
      const encoded = [...encodeSmall([below, half, above, -half], dataType)];
      const expected = [bits, even, bits + 1, even | 0x8000];
      if (String(encoded) !== String(expected)) expect.fail(`between ${here} and ${next}: ${encoded}, not ${expected}`);
    }
  });

  test(`${name}: NaN, infinities, zeros and the smallest doubles`, () => {
    const encoded = encodeSmall([NaN, Infinity, -Infinity, 0, -0, 5e-324, -5e-324, 1e308], dataType);
    expect(encoded[0]! & 0x7fff).toBeGreaterThan(infinity);
    expect([...encoded.subarray(1)]).toEqual([infinity, infinity | 0x8000, 0, 0x8000, 0, 0x8000, infinity]);
  });
}

test('overflow is a finite value that becomes infinite', () => {
  const largest = {
    [DataType.FLOAT]: 3.4028234663852886e38,
    [DataType.FLOAT16]: 65504,
    [DataType.BFLOAT16]: bfloat16(0x7f7f),
  };
  const halfway = {
    [DataType.FLOAT]: 2 ** 128 - 2 ** 103,
    [DataType.FLOAT16]: 65520,
    [DataType.BFLOAT16]: 2 ** 128 - 2 ** 119,
  };
  for (const dataType of [DataType.FLOAT, DataType.FLOAT16, DataType.BFLOAT16] as const) {
    const overflow = (value: number) => encodeElements(Float64Array.of(1, value), dataType).overflow;
    expect(overflow(largest[dataType])).toBe(false);
    expect(overflow(halfway[dataType] * (1 - 2 ** -53))).toBe(false);
    expect(overflow(-halfway[dataType])).toBe(true);
    expect(overflow(1e300)).toBe(true);
    expect(overflow(Infinity)).toBe(false);
    expect(overflow(NaN)).toBe(false);
    const { bytes } = encodeElements(Float64Array.of(halfway[dataType], halfway[dataType] * (1 - 2 ** -53)), dataType);
    expect([...decodeElements(bytes, dataType)]).toEqual([Infinity, largest[dataType]]);
  }
  expect(encodeElements(Float64Array.of(1e308), DataType.DOUBLE).overflow).toBe(false);
});

test('wide types encode and decode', () => {
  fc.assert(
    fc.property(fc.float64Array(), (values) => {
      expect(decodeElements(encodeElements(values, DataType.DOUBLE).bytes, DataType.DOUBLE)).toEqual(values);
      const single = decodeElements(encodeElements(values, DataType.FLOAT).bytes, DataType.FLOAT);
      expect(single).toEqual(Float64Array.from(values, Math.fround));
    }),
  );
  const integers = Float64Array.of(0, -1, 2 ** 31 - 1, -(2 ** 31));
  for (const dataType of [DataType.INT32, DataType.INT64])
    expect(decodeElements(encodeElements(integers, dataType).bytes, dataType)).toEqual(integers);
});

test('what encodes is a copy', () => {
  const values = Float64Array.of(1);
  const { bytes } = encodeElements(values, DataType.DOUBLE);
  values[0] = 2;
  expect([...decodeElements(bytes, DataType.DOUBLE)]).toEqual([1]);
});

test('other types are unsupported, by name', () => {
  expect(() => encodeElements(new Float64Array(1), DataType.STRING)).toThrow(UnsupportedError);
  expect(() => decodeElements(new Uint8Array(1), DataType.FLOAT8E5M2)).toThrow('FLOAT8E5M2');
  expect(dataTypeName(99)).toBe('data type 99');
});

test('sizes of elements, the packed ones too', () => {
  expect(byteLengthOf(DataType.FLOAT, 3)).toBe(12);
  expect(byteLengthOf(DataType.INT4, 3)).toBe(2);
  expect(byteLengthOf(DataType.UINT2, 5)).toBe(2);
  expect(byteLengthOf(DataType.COMPLEX128, 1)).toBe(16);
  expect(byteLengthOf(DataType.STRING, 3)).toBeUndefined();
  expect(byteLengthOf(99, 3)).toBeUndefined();
});
