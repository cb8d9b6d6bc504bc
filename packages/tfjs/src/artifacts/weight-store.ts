/** The weights of a model by name: where their bytes lie, and their values on demand. */
import { FormatError, type LazyArray, sourceArray, type Values } from '@reparam/core';
import { decodeFloat16 } from '@reparam/core/convert';
import { joinBuffers } from './join-buffers.ts';
import { gatherWeightData, type ModelArtifacts, type WeightSpec } from './model-artifacts.ts';

export interface StoredWeight {
  readonly spec: WeightSpec;
  /** As stored, quantized or not. */
  readonly bytes: Uint8Array;
  /** Float values, dequantized. */
  readonly values: LazyArray;
}

/** In the order of the file. */
export type WeightStore = ReadonlyMap<string, StoredWeight>;

const ELEMENT_BYTES: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  bool: 1,
  complex64: 8,
  float16: 2,
  uint16: 2,
  uint8: 1,
};

/** @throws FormatError where weight data is missing, short or left over, a dtype is unknown, or a name appears twice. */
export async function readWeights(artifacts: ModelArtifacts): Promise<WeightStore> {
  const bytes = joinBuffers(await gatherWeightData(artifacts));
  const weights = new Map<string, StoredWeight>();
  let offset = 0;
  for (const spec of artifacts.weightSpecs ?? []) {
    if (weights.has(spec.name))
      throw new FormatError(`weight "${spec.name}" is listed twice, expected each name once`, {
        hint: 'export the model again: TensorFlow.js does not load it either',
      });
    const length = byteLength(spec, bytes, offset);
    if (offset + length > bytes.length) throw tooShort(spec, bytes.length, offset + length);
    const own = bytes.subarray(offset, offset + length);
    weights.set(spec.name, { spec, bytes: own, values: lazyValues(spec, own) });
    offset += length;
  }
  if (offset !== bytes.length)
    throw new FormatError(`the weight data has ${bytes.length} bytes, expected ${offset} by the weights' shapes`, {
      hint: 'check that model.json and its shards belong together',
    });
  return weights;
}

/** Number of elements of a shape. */
export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function byteLength(spec: WeightSpec, bytes: Uint8Array, offset: number): number {
  const { name, shape, dtype, quantization } = spec;
  if (!Array.isArray(shape) || !shape.every((size) => Number.isInteger(size) && size >= 0))
    throw new FormatError(`weight "${name}" has the shape ${JSON.stringify(shape)}, expected a list of sizes`);
  if (dtype === 'string') return stringBytes(spec, bytes, offset);
  const stored = quantization?.dtype ?? dtype;
  const size = ELEMENT_BYTES[stored];
  if (size === undefined)
    throw new FormatError(
      `weight "${name}" has the dtype "${stored}", expected one of ${Object.keys(ELEMENT_BYTES).join(', ')}`,
    );
  return size * countOf(shape);
}

/** Strings are stored one after the other, each behind its length in four bytes. */
function stringBytes({ shape }: WeightSpec, bytes: Uint8Array, start: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = start;
  for (let count = countOf(shape); count > 0 && offset + 4 <= bytes.length; count--) {
    offset += 4 + view.getUint32(offset, true);
  }
  return offset - start;
}

function tooShort({ name }: WeightSpec, found: number, expected: number): FormatError {
  return new FormatError(
    `the weight data ends after ${found} bytes, within weight "${name}", expected at least ${expected}`,
    { hint: 'a shard is missing or cut off: download the model again' },
  );
}

function lazyValues(spec: WeightSpec, bytes: Uint8Array): LazyArray {
  const source = { loaded: true, load: async () => {}, release: () => {}, read: () => decode(spec, bytes) };
  return sourceArray(source, countOf(spec.shape));
}

/** As TensorFlow.js decodes them: quantized values are rounded to float32. */
function decode({ dtype, quantization, shape }: WeightSpec, bytes: Uint8Array): Values {
  const count = countOf(shape);
  if (!quantization) {
    if (dtype === 'bool') return Float64Array.from(bytes);
    const typed = dtype === 'int32' ? aligned(Int32Array, bytes, count) : aligned(Float32Array, bytes, count);
    return typed instanceof Float32Array ? typed : Float64Array.from(typed);
  }
  if (quantization.dtype === 'float16') return decodeFloat16(aligned(Uint16Array, bytes, count));
  const levels = quantization.dtype === 'uint8' ? bytes : aligned(Uint16Array, bytes, count);
  const { scale = 1, min = 0 } = quantization;
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = levels[i]! * scale + min;
  return dtype === 'int32' ? Float64Array.from(values, Math.round) : values;
}

interface TypedArrayClass<Array> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, offset: number, length: number): Array;
}

function aligned<Array>(type: TypedArrayClass<Array>, bytes: Uint8Array, count: number): Array {
  const { buffer, byteOffset } = bytes.byteOffset % type.BYTES_PER_ELEMENT === 0 ? bytes : new Uint8Array(bytes); // copied to aligned memory
  return new type(buffer, byteOffset, count);
}
