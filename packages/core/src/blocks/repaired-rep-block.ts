/** Blocks with normalization before padded convolutions, for one input size: an operator and a map. */
import { evaluatedSize } from '../channel-evaluator.ts';
import { evaluate, type Sample } from '../evaluate.ts';
import { type BatchNormDescriptor, batchNorm } from '../lift/batch-norm.ts';
import type { Operator } from '../operator.ts';
import { readArray } from '../weight.ts';
import { branchOperator, type RepBlockOptions, type RepBlockWeights, type RepBranch, repBlock } from './rep-block.ts';

/** A block whose shift differs from position to position: an operator without bias, and the map that is added to its output. */
export interface RepairedBlock {
  readonly operator: Operator;
  /** `[outChannels, ...size]`, row-major. */
  readonly biasMap: { readonly values: Float64Array; readonly size: readonly number[] };
}

/**
 * `repBlock` for inputs of one size, exact where normalizations with a shift stand before padded convolutions, too: there the shift adds less
 * where the window reads padding,
 *
 *     b[o, p] = bias[o] + sum over branches of (W * (shift on every position))[o, p]
 *
 * The published formula takes the value of the interior everywhere, and is wrong along the border.
 *
 * @throws ShapeError where weights, options and size do not fit.
 * @example
 * const { operator, biasMap } = repairedRepBlock(weights, { inChannels: 64, outChannels: 64, kernels: [3, 1], norm: 'before', inputSize: [56, 56] });
 */
export function repairedRepBlock(
  weights: RepBlockWeights,
  options: RepBlockOptions & { readonly inputSize: readonly number[] },
): RepairedBlock {
  const { inputSize, norm: place = 'after' } = options;
  const unshifted = ({ norm, ...branch }: RepBranch): RepBranch => ({
    ...branch,
    norm: norm && { ...norm, beta: Float64Array.from(norm.mean, (mean, c) => mean * scaleOf(norm, c)) },
  });
  const branches = place === 'before' ? weights.branches.map(unshifted) : weights.branches;
  const operator = repBlock({ ...weights, branches }, options);
  const size = evaluatedSize(operator, inputSize);
  const positions = size.reduce((product, n) => product * n, 1);
  const bias = operator.bias ? readArray(operator.bias) : new Float64Array(operator.outChannels);
  const values = Float64Array.from(
    { length: operator.outChannels * positions },
    (_, index) => bias[Math.floor(index / positions)]!,
  );
  for (const [index, { norm, ...branch }] of weights.branches.entries()) {
    if (!norm || place === 'after') continue;
    const product = branchOperator({ ...branch, bias: undefined }, options.kernels[index]!, options);
    const { bias: added } = batchNorm(norm);
    if (!added) continue;
    const shift = readArray(added);
    evaluate(product, everywhere(shift, inputSize)).data.forEach((part, p) => {
      values[p]! += part;
    });
  }
  return { operator: { ...operator, bias: null }, biasMap: { values, size } };
}

/** gamma / sqrt(variance + epsilon) of one channel. */
function scaleOf(norm: BatchNormDescriptor, channel: number): number {
  return readArray(batchNorm(norm).weight)[channel]!;
}

function everywhere(values: ArrayLike<number>, size: readonly number[]): Sample {
  const positions = size.reduce((product, n) => product * n, 1);
  const data = Float64Array.from(
    { length: values.length * positions },
    (_, index) => values[Math.floor(index / positions)]!,
  );
  return { data, channels: values.length, size };
}
