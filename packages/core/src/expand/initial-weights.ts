/** Seeded weights of new branches, and the statistics a normalization behind a convolution begins with. */
import { seededRandom } from '../random.ts';
import type { ConvWeights } from './conv-weights.ts';
import type { NormWeights } from './train-block.ts';

/** Rounds to what numbers are stored as; see `ExpandOptions`. */
export type Round = (values: Float64Array) => ArrayLike<number>;

export const exactly: Round = (values) => values;

/** What frameworks write by default; as float32, which most files hold. */
export const usualEpsilon: number = Math.fround(1e-5);

/** Uniform numbers of variance 1 / fan-in (LeCun et al., Efficient BackProp), so that unit inputs give unit outputs. */
export function randomWeights(count: number, fanIn: number, seed: number): Float64Array {
  const random = seededRandom(seed);
  const bound = Math.sqrt(3 / fanIn);
  return Float64Array.from({ length: count }, () => (2 * random() - 1) * bound);
}

/** Variance of each output channel for independent inputs of variance 1: the sum of its squared weights. */
export function unitVariance({ weight, outChannels }: Pick<ConvWeights, 'weight' | 'outChannels'>): Float64Array {
  const length = weight.length / outChannels;
  const variance = new Float64Array(outChannels);
  for (let index = 0; index < weight.length; index++) variance[Math.floor(index / length)]! += weight[index]! ** 2;
  return variance;
}

/** A normalization that multiplies by `factor` and adds `shift`, its variance the given one and its mean 0. */
export function normOf(
  variance: Float64Array,
  factor: Float64Array,
  shift: Float64Array,
  round: Round,
  epsilon: number = usualEpsilon,
): NormWeights {
  const stored = round(variance);
  const gamma = factor.map((wanted, c) => wanted * Math.sqrt(stored[c]! + epsilon));
  return {
    gamma: round(gamma),
    beta: round(shift),
    mean: new Float64Array(variance.length),
    variance: stored,
    epsilon,
  };
}
