/**
 * The one operator: a convolution over n spatial axes (n = 0 is a dense layer),
 *
 *     y[o, p] = bias[o] + sum over i, k of W[o, i, k] * x[i, stride*p + dilation*k - padBegin],   x = 0 outside
 *
 * as plain readonly data. Its weights lie block by block (see `support.ts`), each block `[outputs, inputs, ...kernel]`.
 */
import { type Axis, isPointAxis, pointAxis } from './axis.ts';
import { ShapeError } from './errors.ts';
import { diagonalSupport, isFullDiagonal, pairCount, type Support } from './support.ts';
import { arrayOf, isReady, type LazyArray, readArray } from './weight.ts';

export interface Operator {
  /** A transposed convolution has the same weights, read from input to output. */
  readonly kind: 'conv' | 'transposed';
  readonly outChannels: number;
  readonly inChannels: number;
  readonly support: Support;
  /** One per spatial axis. None: the operator acts on channels alone and fits any number of axes. */
  readonly axes: readonly Axis[];
  readonly weight: LazyArray;
  /** `[outChannels]`; null is zero. */
  readonly bias: LazyArray | null;
}

/** Number of taps of the kernel. */
export function tapCount(axes: readonly Axis[]): number {
  return axes.reduce((product, axis) => product * axis.kernel, 1);
}

/** Number of stored weights. */
export function weightCount(operator: Pick<Operator, 'support' | 'axes'>): number {
  return pairCount(operator.support) * tapCount(operator.axes);
}

export function isPointwise(operator: Operator): boolean {
  return operator.kind === 'conv' && operator.axes.every(isPointAxis);
}

/** The operator returns its input. Known without reading weights of the model. */
export function isIdentity(operator: Operator): boolean {
  return (
    isPointwise(operator) &&
    operator.bias === null &&
    isFullDiagonal(operator.support, operator.outChannels, operator.inChannels) &&
    isAllOnes(operator.weight)
  );
}

function isAllOnes(weight: LazyArray): boolean {
  if (weight.constant !== undefined) return weight.constant === 1;
  return isReady(weight) && readArray(weight).every((value) => value === 1);
}

/** The same operator on `rank` spatial axes; one that has axes must already have that many. */
export function withRank(operator: Operator, rank: number): readonly Axis[] {
  if (operator.axes.length === rank) return operator.axes;
  if (operator.axes.length === 0) return Array.from({ length: rank }, () => pointAxis);
  throw new ShapeError(`operator has ${operator.axes.length} spatial axes, expected ${rank}`);
}

/** Diagonal operator without spatial extent: y[c] = weight[c] * x[c] + bias[c]. */
export function diagonal(channels: number, weight: LazyArray, bias: LazyArray | null): Operator {
  return {
    kind: 'conv',
    outChannels: channels,
    inChannels: channels,
    support: diagonalSupport(channels),
    axes: [],
    weight,
    bias,
  };
}

/** null where every value is zero and that can be told at once. */
export function dropZero(bias: LazyArray | null): LazyArray | null {
  if (bias === null || bias.constant === 0) return null;
  if (!isReady(bias)) return bias;
  const values = readArray(bias);
  return values.every((value) => value === 0) ? null : arrayOf(values);
}
