/** Convolutions as layers of a block: every field given. */
import type { Axis } from '../axis.ts';
import type { ConvDescriptor } from '../lift/conv.ts';

/** A convolution with every field given but the bias, which a normalization behind it makes needless. Negative padding crops. */
export type ConvWeights = Required<Omit<ConvDescriptor, 'bias'>> & Pick<ConvDescriptor, 'bias'>;

export function completeConv(conv: ConvDescriptor): ConvWeights {
  const { weight, bias, outChannels, inChannels, kernel = [], groups = 1 } = conv;
  const every = (value: number) => kernel.map(() => value);
  const padBegin = conv.padBegin ?? every(0);
  return {
    weight,
    ...(bias && { bias }),
    outChannels,
    inChannels,
    kernel,
    groups,
    stride: conv.stride ?? every(1),
    dilation: conv.dilation ?? every(1),
    padBegin,
    padEnd: conv.padEnd ?? padBegin,
  };
}

/** Lists of each field, from the axes. */
export function windowLists(
  axes: readonly Axis[],
): Pick<ConvWeights, 'kernel' | 'stride' | 'dilation' | 'padBegin' | 'padEnd'> {
  return {
    kernel: axes.map(({ kernel }) => kernel),
    stride: axes.map(({ stride }) => stride),
    dilation: axes.map(({ dilation }) => dilation),
    padBegin: axes.map(({ padBegin }) => padBegin),
    padEnd: axes.map(({ padEnd }) => padEnd),
  };
}
