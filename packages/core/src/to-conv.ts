/** From an operator back to a plain convolution descriptor. */
import { simplify } from './algebra/simplify.ts';
import { withoutCropping } from './algebra/uncrop.ts';
import { UnsupportedError } from './errors.ts';
import { groupedWeights, largestGroups } from './layout.ts';
import type { ConvDescriptor } from './lift/conv.ts';
import type { Operator } from './operator.ts';
import { readArray } from './weight.ts';

/** A convolution with every field given and padding >= 0. Bias is always there, zero where the operator has none. */
export interface PlainConv extends Required<ConvDescriptor> {
  readonly weight: Float64Array;
  readonly bias: Float64Array;
}

/**
 * The convolution that frameworks can run: smallest kernel, most groups, padding >= 0.
 *
 * @throws UnsupportedError for a transposed convolution.
 * @example
 * const { weight, bias, kernel, padBegin } = toConv(repBlock(weights, options));
 */
export function toConv(operator: Operator): PlainConv {
  if (operator.kind === 'transposed') {
    throw new UnsupportedError('toConv: found a transposed convolution, expected a convolution');
  }
  const written = withoutCropping(simplify(operator));
  const groups = largestGroups(written);
  return {
    weight: Float64Array.from(groupedWeights(written, groups)),
    bias: written.bias ? Float64Array.from(readArray(written.bias)) : new Float64Array(written.outChannels),
    outChannels: written.outChannels,
    inChannels: written.inChannels,
    groups,
    kernel: written.axes.map((axis) => axis.kernel),
    stride: written.axes.map((axis) => axis.stride),
    dilation: written.axes.map((axis) => axis.dilation),
    padBegin: written.axes.map((axis) => axis.padBegin),
    padEnd: written.axes.map((axis) => axis.padEnd),
  };
}
