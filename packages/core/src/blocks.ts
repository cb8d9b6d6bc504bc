/** Train-time blocks from plain weights to one operator. */
import { add } from './algebra/add.ts';
import { compose } from './algebra/compose.ts';
import { ShapeError } from './errors.ts';
import { evaluate, evaluatedSize, type Sample } from './evaluate.ts';
import { type BatchNormDescriptor, batchNorm } from './lift/batch-norm.ts';
import { checkPositive, conv } from './lift/conv.ts';
import { identity } from './lift/identity.ts';
import type { Operator } from './operator.ts';
import { readArray } from './weight.ts';

/** Shape of a RepBlock: parallel "same"-padded convolutions of odd kernel sizes, and a skip connection. */
export interface RepBlockOptions {
  readonly inChannels: number;
  readonly outChannels: number;
  /** Kernel size of each branch, odd; the same on every spatial axis. */
  readonly kernels: readonly number[];
  /** Default 1. */
  readonly stride?: number;
  /** Default 1. */
  readonly groups?: number;
  /** Number of spatial axes. Default 2. */
  readonly rank?: number;
  /** Whether each branch normalizes its output or its input. Default 'after'. */
  readonly norm?: 'after' | 'before';
}

/** Weights of a RepBlock, branches in the order of `kernels`. */
export interface RepBlockWeights {
  readonly branches: readonly RepBranch[];
  /** Skip connection, with or without its own normalization; needs equal channels and stride 1. */
  readonly skip?: { readonly norm?: BatchNormDescriptor } | undefined;
}

export interface RepBranch {
  /** `[outChannels, inChannels / groups, ...kernel]`. */
  readonly weight: ArrayLike<number>;
  readonly bias?: ArrayLike<number> | undefined;
  readonly norm?: BatchNormDescriptor | undefined;
}

/**
 * The one operator a multi-branch block computes (before its activation): RepVGG (arXiv:2101.03697), MobileOne (arXiv:2206.04040) and
 * blocks with any other list of kernels, skips, groups and normalization before or after the convolution.
 *
 * @throws ShapeError where weights and options do not fit; ReparamError with code `border` for a normalization with a shift before a
 *   padded convolution, which is no single convolution: see `repairedRepBlock`.
 * @example
 * const fused = toConv(repBlock(
 *   { branches: [{ weight: w3, norm: bn3 }, { weight: w1, norm: bn1 }], skip: { norm: bn0 } },
 *   { inChannels: 64, outChannels: 64, kernels: [3, 1] },
 * ));
 */
export function repBlock(weights: RepBlockWeights, options: RepBlockOptions): Operator {
  const { kernels, stride = 1, inChannels, outChannels } = options;
  if (kernels.length !== weights.branches.length) {
    throw new ShapeError(
      `repBlock: found ${weights.branches.length} branches for ${kernels.length} kernel sizes, expected one each`,
    );
  }
  const branches = weights.branches.map((branch, index) => branchOperator(branch, kernels[index]!, options));
  if (weights.skip) {
    if (stride !== 1 || inChannels !== outChannels) {
      throw new ShapeError(
        `repBlock: found a skip connection with stride ${stride}, ${inChannels} -> ${outChannels} channels, expected stride 1 and equal channels`,
        { hint: 'leave out the skip connection' },
      );
    }
    branches.push(weights.skip.norm ? batchNorm(weights.skip.norm) : identity(inChannels));
  }
  return add(...branches);
}

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

function branchOperator(branch: RepBranch, kernel: number, options: RepBlockOptions): Operator {
  const { inChannels, outChannels, stride = 1, groups = 1, rank = 2, norm = 'after' } = options;
  checkPositive('repBlock stride', stride);
  if (checkPositive('repBlock kernel', kernel) % 2 === 0) {
    throw new ShapeError(
      `repBlock kernel: found ${kernel}, expected an odd size, so that all branches have one centre`,
    );
  }
  const every = (value: number) => new Array<number>(rank).fill(value);
  const product = conv({
    weight: branch.weight,
    bias: branch.bias,
    outChannels,
    inChannels,
    groups,
    kernel: every(kernel),
    stride: every(stride),
    padBegin: every((kernel - 1) / 2),
  });
  if (!branch.norm) return product;
  return norm === 'after' ? compose(batchNorm(branch.norm), product) : compose(product, batchNorm(branch.norm));
}
