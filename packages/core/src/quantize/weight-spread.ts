/** What makes weights hard to quantize: channels of unequal range, and single weights far from all others. */
import { channelRanges } from './quantize-weights.ts';

export interface WeightSpread {
  /** Largest range (largest magnitude) of any channel, over the middle one's. */
  readonly rangeRatio: number;
  /** Fourth moment over the squared second: 3 for normal weights, 1.8 for uniform ones. */
  readonly kurtosis: number;
  /** Share of weights beyond four deviations: 0.00006 of normal weights. */
  readonly outliers: number;
}

/** `channels` equal parts of the array, one after the other. */
export function measureSpread(weights: ArrayLike<number>, channels: number): WeightSpread {
  const ranges = channelRanges(weights, channels).sort();
  const middle = ranges[Math.floor((ranges.length - 1) / 2)] ?? 0;
  const largest = ranges.at(-1) ?? 0;
  const { mean, variance, fourth } = momentsOf(weights);
  const limit = 4 * Math.sqrt(variance);
  let beyond = 0;
  for (let index = 0; index < weights.length; index++) if (Math.abs(weights[index]! - mean) > limit) beyond++;
  return {
    rangeRatio: largest === 0 ? 1 : largest / middle,
    kurtosis: variance === 0 ? 0 : fourth / variance ** 2,
    outliers: weights.length === 0 ? 0 : beyond / weights.length,
  };
}

function momentsOf(weights: ArrayLike<number>): { mean: number; variance: number; fourth: number } {
  const average = (of: (value: number) => number) => {
    let sum = 0;
    for (let index = 0; index < weights.length; index++) sum += of(weights[index]!);
    return sum / (weights.length || 1);
  };
  const mean = average((value) => value);
  return {
    mean,
    variance: average((value) => (value - mean) ** 2),
    fourth: average((value) => (value - mean) ** 4),
  };
}
