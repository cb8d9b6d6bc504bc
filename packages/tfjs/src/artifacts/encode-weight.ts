/** New weights as bytes: float32, float16, or quantized to 8 or 16 bits. */
import { type RefusalReason, ReparamError, type Values } from '@reparam/core';
import { decodeFloat16, encodeSmallFloats, FLOAT16 } from '@reparam/core/convert';
import type { WeightSpec } from './model-artifacts.ts';

export const WEIGHT_FORMATS = ['float32', 'float16', 'uint16', 'uint8'] as const;

/** How weights are stored. */
export type WeightFormat = (typeof WEIGHT_FORMATS)[number];

export interface EncodedWeight {
  readonly spec: WeightSpec;
  readonly bytes: Uint8Array;
  /** Largest change by rounding, relative to the largest value. */
  readonly rounding: number;
}

/** @throws ReparamError `overflow` or `not-a-number` where a value cannot be held. */
export function encodeWeight(
  name: string,
  shape: readonly number[],
  values: Values,
  format: WeightFormat,
): EncodedWeight {
  const largest = largestMagnitude(values);
  if (!Number.isFinite(largest)) throw unwritable(name, 'not be finite', 'not-a-number');
  const plain: WeightSpec = { name, shape: [...shape], dtype: 'float32' };
  // A value per channel takes next to no space, and its rounding would shift whole channels.
  if (format === 'float32' || shape.length < 2) {
    const rounded = new Float32Array(values);
    const rounding = roundingOf(name, values, rounded, largest);
    return { spec: plain, bytes: bytesOf(rounded), rounding };
  }
  if (format === 'float16') {
    const bits = encodeSmallFloats(values, FLOAT16);
    const rounding = roundingOf(name, values, decodeFloat16(bits), largest);
    return { spec: { ...plain, quantization: { dtype: 'float16' } }, bytes: bytesOf(bits), rounding };
  }
  return quantize(plain, values, format, largest);
}

/** Levels from the smallest value to the largest, as TensorFlow.js's converter spaces them. */
function quantize(plain: WeightSpec, values: Values, format: 'uint8' | 'uint16', largest: number): EncodedWeight {
  const levels = format === 'uint8' ? 255 : 65535;
  let [low, high] = [0, 0]; // zero stays a level, so that padding and absent taps stay exact
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const scale = (high - low) / levels || 1;
  const min = Math.round(low / scale) * scale;
  const quantized = format === 'uint8' ? new Uint8Array(values.length) : new Uint16Array(values.length);
  const decoded = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) {
    quantized[i] = Math.min(levels, Math.max(0, Math.round((values[i]! - min) / scale)));
    decoded[i] = quantized[i]! * scale + min;
  }
  const rounding = roundingOf(plain.name, values, decoded, largest);
  return { spec: { ...plain, quantization: { dtype: format, scale, min } }, bytes: bytesOf(quantized), rounding };
}

function largestMagnitude(values: Values): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const magnitude = Math.abs(values[i]!);
    if (!(magnitude <= largest)) largest = magnitude; // NaN too
    if (Number.isNaN(largest)) return largest;
  }
  return largest;
}

function roundingOf(name: string, values: Values, rounded: Values, largest: number): number {
  let difference = 0;
  for (let i = 0; i < values.length; i++) difference = Math.max(difference, Math.abs(values[i]! - rounded[i]!));
  if (!Number.isFinite(difference)) throw unwritable(name, 'overflow the type it is stored in', 'overflow');
  return largest === 0 ? 0 : difference / largest;
}

function unwritable(name: string, found: string, code: RefusalReason): ReparamError {
  const hint = code === 'overflow' ? "ask for quantization: 'float32'" : 'check the weights for NaN and infinity';
  return new ReparamError(`the fused weight "${name}" would ${found}`, { code, hint });
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Uint16Array | Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
