/** 16-bit floats, float16 and bfloat16, from and to float64. Node 20 has no Float16Array. */

import type { Values } from '../weight.ts';

/** A float format of 16 bits: a sign, an exponent, and this many bits of fraction. */
interface SmallFloat {
  readonly fractionBits: number;
  readonly bias: number;
}

export const FLOAT16: SmallFloat = { fractionBits: 10, bias: 15 };
export const BFLOAT16: SmallFloat = { fractionBits: 7, bias: 127 };

const scratch = new Float64Array(1);
const words = new Uint32Array(scratch.buffer);
/** 2^52: adding it to a number below it rounds to an integer, ties to even. */
const ROUND = 2 ** 52;

/** Rounds to the nearest value, ties to even, in one step: by way of float32, halfway cases would go wrong. */
export function encodeSmallFloats(values: Values, { fractionBits, bias }: SmallFloat): Uint16Array {
  const output = new Uint16Array(values.length);
  const infinity = (2 * bias + 1) << fractionBits;
  const scales = Float64Array.from({ length: 2 * bias + 1 }, (_, exponent) => 2 ** (fractionBits + bias - exponent));
  for (let index = 0; index < values.length; index++) {
    scratch[0] = values[index]!;
    const exponent = ((words[1]! >>> 20) & 0x7ff) - 1023 + bias;
    let bits = infinity;
    if (exponent <= 2 * bias) {
      const stored = Math.max(1, exponent);
      const fraction = Math.abs(scratch[0]!) * scales[stored]! + ROUND - ROUND;
      // A fraction without its leading bit is subnormal, one of 2^(fractionBits + 1) carries: the sum is right for both.
      bits = ((stored - 1) << fractionBits) + fraction;
    } else if (Number.isNaN(scratch[0])) bits = infinity + (1 << (fractionBits - 1));
    output[index] = bits | ((words[1]! >>> 16) & 0x8000);
  }
  return output;
}

let float16Values: Float32Array | undefined;

/** Decodes float16 by a table of all values. */
export function decodeFloat16(bits: Uint16Array): Float64Array {
  float16Values ??= Float32Array.from({ length: 65536 }, (_, index) => float16Value(index));
  const output = new Float64Array(bits.length);
  for (let index = 0; index < bits.length; index++) output[index] = float16Values[bits[index]!]!;
  return output;
}

/** Decodes bfloat16, the upper half of a float32. */
export function decodeBfloat16(bits: Uint16Array): Float64Array {
  const wide = new Uint32Array(bits.length);
  for (let index = 0; index < bits.length; index++) wide[index] = bits[index]! << 16;
  return new Float64Array(new Float32Array(wide.buffer));
}

function float16Value(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}
