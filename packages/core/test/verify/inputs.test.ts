import { describe, expect, test } from 'vitest';
import type { TensorType, ValueMetadata } from '../../src/verify/index.ts';
import { planShapes } from '../../src/verify/input-shapes.ts';
import { familiesOf, type InputOptions, makeFeeds } from '../../src/verify/inputs.ts';
import { decodeTensor } from '../../src/verify/tensor-data.ts';

const value = (name: string, dims: ValueMetadata['dims'], type: TensorType = 'float32'): ValueMetadata => ({
  name,
  type,
  dims,
});

describe('planShapes', () => {
  test('keeps declared sizes', () => {
    expect(planShapes([value('x', [1, 3, 8, 8])], {})).toEqual({ shapes: [{ x: [1, 3, 8, 8] }], fallback: [] });
  });

  test('takes several batches and sizes, even and odd, equal and unequal', () => {
    const { shapes, fallback } = planShapes([value('x', ['batch', 3, 'height', 'width'])], {});
    expect(shapes).toEqual([{ x: [2, 3, 64, 64] }, { x: [1, 3, 33, 37] }, { x: [1, 3, 64, 96] }]);
    expect(fallback).toEqual([{ x: [1, 3, 224, 224] }, { x: [1, 3, 16, 16] }, { x: [1, 3, 1, 1] }]);
  });

  test('takes two batches where nothing else is free', () => {
    const { shapes, fallback } = planShapes([value('x', ['batch', 10])], {});
    expect(shapes).toEqual([{ x: [2, 10] }, { x: [1, 10] }]);
    expect(fallback).toEqual([]);
  });

  test('gives one symbol one size, and each size without a name its own', () => {
    const inputs = [value('ids', ['b', 'n']), value('mask', ['b', 'n']), value('z', [null, null])];
    for (const { ids, mask, z } of planShapes(inputs, {}).shapes) {
      expect(mask).toEqual(ids);
      expect(z![0]).toBe(ids![0]);
    }
    expect(planShapes(inputs, {}).shapes[1]).toEqual({ ids: [1, 33], mask: [1, 33], z: [1, 37] });
  });

  test('given shapes win, and decide their symbols', () => {
    const inputs = [value('ids', ['b', 'n']), value('mask', ['b', 'n']), value('scale', [])];
    expect(planShapes(inputs, { ids: [4, 7] }).shapes).toEqual([{ ids: [4, 7], mask: [4, 7], scale: [] }]);
  });

  test('takes a given shape where the rank is unknown', () => {
    expect(planShapes([value('x', [])], { x: [2, 3] }).shapes).toEqual([{ x: [2, 3] }]);
  });

  test('refuses shapes that do not fit', () => {
    const inputs = [value('x', ['b', 3])];
    expect(() => planShapes(inputs, { y: [1] })).toThrow('no input "y", expected "x"');
    expect(() => planShapes(inputs, { x: [1] })).toThrow('the shape [1], expected [b, 3]');
    expect(() => planShapes(inputs, { x: [1, 4] })).toThrow('the shape [1, 4], expected [b, 3]');
  });
});

const feed = (
  type: TensorType,
  family: 'normal' | 'negative' | 'large' | 'range' | 'given',
  options: InputOptions = {},
) => makeFeeds([value('x', ['n'], type)], { x: [1000] }, family, 1, options).x!;
const valuesOf = (...parameters: Parameters<typeof feed>) => decodeTensor(feed(...parameters));
const deviation = (values: Float64Array) => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);

describe('makeFeeds', () => {
  test.each(['float16', 'float32', 'float64'] as const)('draws %s in signed families', (type) => {
    const normal = valuesOf(type, 'normal');
    expect(deviation(normal)).toBeGreaterThan(0.9);
    expect(deviation(normal)).toBeLessThan(1.1);
    expect(Math.min(...normal)).toBeLessThan(-1);
    expect(Math.max(...normal)).toBeGreaterThan(1);
    expect(Math.max(...valuesOf(type, 'negative'))).toBeLessThanOrEqual(0);
    expect(deviation(valuesOf(type, 'large'))).toBeGreaterThan(type === 'float16' ? 7 : 90);
  });

  test.each([
    ['int8', -128, 127],
    ['uint8', 0, 255],
    ['int16', -128, 127],
    ['uint16', 0, 255],
    ['int32', 0, 1],
    ['int64', 0, 1],
    ['uint32', 0, 1],
    ['uint64', 0, 1],
    ['bool', 0, 1],
  ] as [TensorType, number, number][])('draws %s from %i to %i', (type, low, high) => {
    const values = valuesOf(type, 'range');
    expect(Math.min(...values)).toBeGreaterThanOrEqual(low);
    expect(Math.max(...values)).toBeLessThanOrEqual(high);
    expect(new Set(values).size).toBeGreaterThan((high - low) / 2);
    expect(feed(type, 'range').type).toBe(type);
  });

  test('draws within given ranges', () => {
    const longs = valuesOf('int64', 'range', { ranges: { x: [-3, 5] } });
    expect([Math.min(...longs), Math.max(...longs)]).toEqual([-3, 5]);
    const floats = valuesOf('float32', 'range', { ranges: { x: [0, 255] } });
    expect(Math.min(...floats)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...floats)).toBeGreaterThan(200);
    expect(Math.max(...floats)).toBeLessThanOrEqual(255);
    expect(floats.some((number) => !Number.isInteger(number))).toBe(true);
  });

  test('is the same for the same seed, and other for another', () => {
    const inputs = [value('a', [8]), value('b', [8])];
    const [first, again, other] = [7, 7, 8].map((seed) => makeFeeds(inputs, { a: [8], b: [8] }, 'normal', seed, {}));
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    expect(first!.a!.data).not.toEqual(first!.b!.data);
  });

  test('feeds given tensors, converted where nothing is lost', () => {
    const given = { type: 'float64', dims: [2], data: new Float64Array([0.5, -2]) } as const;
    expect(feed('float32', 'given', { inputs: { x: given } })).toEqual({
      type: 'float32',
      dims: [2],
      data: new Float32Array([0.5, -2]),
    });
    expect(feed('float16', 'given', { inputs: { x: given } }).data).toEqual(new Uint16Array([0x3800, 0xc000]));
    const longs = { type: 'int64', dims: [2], data: new BigInt64Array([1n, 300n]) } as const;
    expect(feed('int32', 'given', { inputs: { x: longs } }).data).toEqual(new Int32Array([1, 300]));
    expect(() => feed('uint8', 'given', { inputs: { x: longs } })).toThrow('is given as int64, expected uint8');
    expect(() => feed('float32', 'given', { inputs: { x: longs } })).toThrow('is given as int64, expected float32');
    expect(() => feed('int64', 'given', { inputs: { x: { ...longs, dims: [3] } } })).toThrow('2 elements, expected 3');
  });

  test('wants text and what is no tensor to be given', () => {
    expect(() => feed('string', 'range')).toThrow(expect.objectContaining({ code: 'input-needed' }));
    const text = { type: 'string', dims: [1], data: ['a'] } as const;
    expect(feed('string', 'given', { inputs: { x: text } })).toBe(text);
    expect(() => makeFeeds([{ name: 'x', type: null, dims: [] }], { x: [] }, 'range', 0, {})).toThrow(
      'sequence or map',
    );
  });
});

describe('familiesOf', () => {
  const inputs = [value('x', [1]), value('ids', [1], 'int64')];
  const tensor = { type: 'float32', dims: [1], data: new Float32Array(1) } as const;

  test('has the signed families while a float input is free', () => {
    expect(familiesOf(inputs, {})).toEqual(['normal', 'negative', 'large']);
    expect(familiesOf(inputs, { ranges: { ids: [0, 9] } })).toEqual(['normal', 'negative', 'large']);
    expect(familiesOf(inputs, { ranges: { x: [0, 9] } })).toEqual(['range']);
    expect(familiesOf(inputs, { inputs: { x: tensor } })).toEqual(['range']);
    expect(familiesOf(inputs, { inputs: { x: tensor, ids: tensor } })).toEqual(['given']);
    expect(familiesOf(inputs.slice(1), {})).toEqual(['range']);
  });

  test('refuses names that are no inputs', () => {
    expect(() => familiesOf(inputs, { ranges: { y: [0, 1] } })).toThrow(
      expect.objectContaining({ code: 'unknown-input' }),
    );
    expect(() => familiesOf(inputs, { inputs: { y: tensor } })).toThrow('no input "y", expected "x", "ids"');
  });
});
