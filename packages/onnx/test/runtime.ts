/** Runs models in ONNX Runtime as they stand, its own optimizations off. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ort from 'onnxruntime-node';
import { decodeFloat16, encodeSmallFloats, FLOAT16 } from '../src/elements/small-float.ts';
import { type OnnxModel, openModel } from '../src/proto/model.ts';
import { bytesSource } from '../src/proto/source.ts';

export type Session = ort.InferenceSession;

export interface Values {
  readonly dims: readonly number[];
  readonly data: ArrayLike<number>;
}

/** A session of a model's bytes, or of a file where its data lies in others beside it. */
export async function createSession(
  model: Uint8Array | string,
  settings: ort.InferenceSession.SessionOptions = {},
): Promise<Session> {
  const options = {
    graphOptimizationLevel: 'disabled',
    logSeverityLevel: 4,
    intraOpNumThreads: 1,
    ...settings,
  } as const;
  return typeof model === 'string'
    ? ort.InferenceSession.create(model, options)
    : ort.InferenceSession.create(model, options);
}

/** Opens a file for conversion, with the files beside it. */
export function openFile(path: string): Promise<OnnxModel> {
  const external = (location: string) => bytesSource(readFileSync(join(dirname(path), location)));
  return openModel(bytesSource(new Uint8Array(readFileSync(path))), { external });
}

export type FloatType = 'float16' | 'float32' | 'float64';

/** Runs a session on float inputs of one type. */
export async function runSession(
  session: Session,
  inputs: Readonly<Record<string, Values>>,
  type: FloatType = 'float32',
): Promise<Record<string, Values>> {
  const feeds = Object.entries(inputs).map(([name, values]) => [name, tensorOf(values, type)]);
  const results = await session.run(Object.fromEntries(feeds));
  return Object.fromEntries(
    Object.entries(results).map(([name, { dims, type, data }]) => [
      name,
      { dims, data: type === 'float16' ? decodeFloat16(bitsOf(data)) : (data as Float32Array) },
    ]),
  );
}

function tensorOf({ dims, data }: Values, type: FloatType): ort.Tensor {
  if (type === 'float32') return new ort.Tensor(type, Float32Array.from(data), dims);
  if (type === 'float64') return new ort.Tensor(type, Float64Array.from(data), dims);
  const bits = encodeSmallFloats(Float64Array.from(data), FLOAT16);
  // Of a Float16Array, which the constructor makes of the bits where there is one, onnxruntime-node 1.30 reads nothing.
  return Object.defineProperty(new ort.Tensor(type, bits, dims), 'data', { value: bits });
}

/** Where JavaScript has arrays of float16, the runtime gives those. */
function bitsOf(data: ort.Tensor['data']): Uint16Array {
  const { buffer, byteOffset, length } = data as Uint16Array;
  return new Uint16Array(buffer, byteOffset, length);
}

/** Seeded signed numbers of the given dims. */
export function signedValues(dims: readonly number[], seed: number, range = 2): Values {
  let state = seed * 2_654_435_761 + 12_345;
  const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1) * range;
  });
  return { dims, data };
}

/** Largest difference over the largest magnitude; infinite where dims or what is not finite differ. */
export function relativeError(actual: Values, expected: Values): number {
  if (actual.dims.join() !== expected.dims.join()) return Number.POSITIVE_INFINITY;
  let [largest, difference] = [0, 0];
  for (let i = 0; i < expected.data.length; i++) {
    const [a, b] = [actual.data[i]!, expected.data[i]!];
    if (Object.is(a, b)) continue;
    largest = Math.max(largest, Math.abs(b));
    difference = Number.isNaN(a - b) ? Number.POSITIVE_INFINITY : Math.max(difference, Math.abs(a - b));
  }
  for (let i = 0; i < expected.data.length; i++) largest = Math.max(largest, Math.abs(expected.data[i]!));
  return difference === 0 ? 0 : difference / (largest || 1);
}
