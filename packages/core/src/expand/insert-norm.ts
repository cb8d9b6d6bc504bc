/** insertNorm: a batch normalization behind a convolution, without a change to what both compute: for fine-tuning. */
import { ShapeError } from '../errors.ts';
import { type ConvDescriptor, checkLength, conv as liftConv } from '../lift/conv.ts';
import { absorbNorm } from './absorb-norm.ts';
import { completeConv } from './conv-weights.ts';
import { exactly, type Round, unitVariance, usualEpsilon } from './initial-weights.ts';
import type { NormWeights, TrainBlock } from './train-block.ts';

export interface InsertNormOptions {
  /** Mean of each output channel as it is now. Default: the bias, the mean for inputs of mean 0. */
  readonly mean?: ArrayLike<number> | undefined;
  /** Variance of each output channel as it is now. Default: the sum of squared weights, the variance for independent inputs of variance 1. */
  readonly variance?: ArrayLike<number> | undefined;
  /** What the normalization is to multiply by; the convolution takes the inverse. Default: the deviation, so that its weights stay. */
  readonly gamma?: ArrayLike<number> | undefined;
  /** What the normalization is to add. Default: the mean. */
  readonly beta?: ArrayLike<number> | undefined;
  /** Default 1e-5. */
  readonly epsilon?: number | undefined;
  /** As of `expand`. */
  readonly round?: Round | undefined;
}

/**
 * The convolution, now without a bias, and a normalization that together compute the same. With mean and variance as measured on data, the
 * function also stays when training begins to take statistics from batches.
 *
 * @throws ShapeError where lengths do not fit; ReparamError for a gamma of 0, which no convolution can undo.
 * @example
 * const [conv, norm] = insertNorm(layer, { mean, variance }).branches[0].layers;
 */
export function insertNorm(conv: ConvDescriptor, options: InsertNormOptions = {}): TrainBlock {
  const main = completeConv(conv);
  liftConv(main); // checks it
  const { epsilon = usualEpsilon, round = exactly, ...given } = options;
  for (const [name, values] of Object.entries(given)) {
    if (values) checkLength(`insertNorm ${name}`, values, main.outChannels, `[${main.outChannels}]`);
  }
  const variance = round(Float64Array.from(given.variance ?? unitVariance(main)));
  const gamma = given.gamma ?? Float64Array.from(variance, (value) => Math.sqrt(value + epsilon));
  checkVariance(variance, epsilon);
  const beta = given.beta ?? given.mean ?? main.bias ?? new Float64Array(main.outChannels);
  const norm: NormWeights = {
    gamma: round(Float64Array.from(gamma)),
    beta: round(Float64Array.from(beta)),
    mean: new Float64Array(main.outChannels),
    variance,
    epsilon,
  };
  const { inChannels, outChannels } = main;
  return { inChannels, outChannels, branches: [{ name: 'main', layers: absorbNorm(main, norm) }] };
}

function checkVariance(variance: ArrayLike<number>, epsilon: number): void {
  Array.from(variance).forEach((value, c) => {
    if (value >= 0 && value + epsilon > 0) return;
    throw new ShapeError(`insertNorm variance: found ${value} for channel ${c}, expected a number of at least 0`);
  });
}
