/** Multiply-adds of layers, for each element they write. */
import { axisList, type CallContext, channelsOf } from './call-context.ts';
import type { PartKind } from './lift/lift.ts';

const ELEMENTWISE: ReadonlySet<string> = new Set(['Add', 'Average', 'BatchNormalization', 'Multiply', 'Rescaling']);

export function macsPerElement(context: CallContext, part: PartKind): number {
  const [shape] = context.inputShapes;
  const channels = shape ? channelsOf(shape, context.layout) : undefined;
  const inChannels = typeof channels === 'number' ? channels : 0;
  if (part === 'activation') return 0;
  if (part === 'pointwise') return inChannels;
  const { className } = context;
  const rank = Number(/(\d)D/.exec(className)?.[1] ?? 0);
  const taps = (key: string) =>
    axisList(context.config, key, rank, key === 'pool_size' ? 2 : 1)?.reduce((product, size) => product * size, 1) ?? 0;
  if (ELEMENTWISE.has(className)) return 1;
  if (className === 'Dense') return inChannels;
  if (/^DepthwiseConv2D$|depthwise$/.test(className)) return taps('kernel_size');
  if (/^Conv\dD$/.test(className)) return inChannels * taps('kernel_size');
  if (/^Conv\dDTranspose$/.test(className)) return (inChannels * taps('kernel_size')) / taps('strides');
  return className.startsWith('AveragePooling') ? taps('pool_size') : 0;
}
