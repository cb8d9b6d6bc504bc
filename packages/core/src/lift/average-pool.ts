/** Lift of average pooling: a depthwise kernel of 1/k^n. */
import type { Axis } from '../axis.ts';
import { type Operator, tapCount } from '../operator.ts';
import { diagonalSupport } from '../support.ts';
import { constantArray } from '../weight.ts';

/**
 * Average pooling whose windows all count their padding, or have none, as a depthwise convolution (transform V of Ding et al.,
 * Diverse Branch Block, arXiv:2103.13425). A pooling that leaves padding out of the count is not linear in this sense: do not lift it.
 *
 * @example
 * compose(averagePool(64, [pointAxis3, pointAxis3]), conv(c1));
 */
export function averagePool(channels: number, axes: readonly Axis[]): Operator {
  const taps = tapCount(axes);
  return {
    kind: 'conv',
    outChannels: channels,
    inChannels: channels,
    support: diagonalSupport(channels),
    axes,
    weight: constantArray(channels * taps, 1 / taps),
    bias: null,
  };
}
