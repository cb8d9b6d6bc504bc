/** Lifts a dilated convolution that is taken apart into batches and put together again, where that ends. */
import { isRefusal, pointAxis } from '@reparam/core';
import { oneTerm } from '../../convert/lifted.ts';
import { dilatedConvolution } from '../batches.ts';
import { liftConv, liftDepthwise } from './convolution.ts';
import type { NodeLift } from './node-lift.ts';

export const liftBatchToSpace: NodeLift = (node, scope) => {
  const found = dilatedConvolution(node, scope);
  if (!found || found.convolution.control.length > 0) return null;
  const { op } = found.convolution;
  const lift = op === 'Conv2D' ? liftConv : op === 'DepthwiseConv2dNative' ? liftDepthwise : null;
  const lifted = lift?.(found.convolution, scope);
  if (!lifted || isRefusal(lifted)) return null;
  const [term] = lifted[0]!.terms;
  const { operator } = term!;
  const isPlain = operator.axes.every(({ stride, padBegin, padEnd }) => stride === 1 && padBegin === 0 && padEnd === 0);
  if (!isPlain || term!.padded) return null;
  const axes = found.axes.map(({ block, begin, end }, index) => {
    const axis = operator.axes[index] ?? pointAxis;
    return { ...axis, dilation: axis.dilation * block, padBegin: begin, padEnd: end };
  });
  return [oneTerm(found.input, { ...operator, axes })];
};
