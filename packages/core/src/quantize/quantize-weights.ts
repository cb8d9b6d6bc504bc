/**
 * Simulated symmetric quantization of weights, as integer runtimes do it: `q = round(w / s)`, `s = max|w| / (2^(bits-1) - 1)`, for the whole
 * tensor or for each output channel.
 */
import { ShapeError } from '../errors.ts';

export interface QuantizeOptions {
  /** Default 8. */
  readonly bits?: number;
  /** A scale for each channel. Default: one for all. */
  readonly perChannel?: boolean;
}

/**
 * The weights as they are after quantizing and scaling back; `channels` equal parts of the array, one after the other.
 *
 * @throws ShapeError where the array has no such parts, or bits are not 2 to 16.
 * @example
 * const rounded = quantizeWeights(weight, 64, { perChannel: true });
 */
export function quantizeWeights(
  weights: ArrayLike<number>,
  channels: number,
  { bits = 8, perChannel = false }: QuantizeOptions = {},
): Float64Array {
  if (!Number.isInteger(bits) || bits < 2 || bits > 16)
    throw new ShapeError(`quantizeWeights bits: found ${bits}, expected a whole number from 2 to 16`);
  const length = partLength(weights, channels);
  const levels = 2 ** (bits - 1) - 1;
  const ranges = channelRanges(weights, channels);
  const whole = ranges.reduce((most, range) => Math.max(most, range), 0);
  const result = new Float64Array(weights.length);
  for (let index = 0; index < weights.length; index++) {
    const step = (perChannel ? ranges[Math.floor(index / length)]! : whole) / levels;
    result[index] = step === 0 ? 0 : roundHalfToEven(weights[index]! / step) * step;
  }
  return result;
}

/** Largest magnitude of each channel. */
export function channelRanges(weights: ArrayLike<number>, channels: number): Float64Array {
  const length = partLength(weights, channels);
  const ranges = new Float64Array(channels);
  for (let index = 0; index < weights.length; index++) {
    const channel = Math.floor(index / length);
    ranges[channel] = Math.max(ranges[channel]!, Math.abs(weights[index]!));
  }
  return ranges;
}

function partLength({ length }: ArrayLike<number>, channels: number): number {
  if (channels >= 1 && length % channels === 0) return Math.max(1, length / channels);
  throw new ShapeError(`weights: found ${length} values, expected equal parts for ${channels} channels`);
}

/** As runtimes round. */
function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value - Math.trunc(value)) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
