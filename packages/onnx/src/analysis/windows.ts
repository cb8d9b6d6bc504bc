/** The window geometry of Conv, ConvTranspose and pooling nodes, pads resolved. */
import type { Axis, Size } from '@reparam/core';
import type { OnnxNode } from '../proto/node.ts';
import { intsAttribute, stringAttribute } from './attributes.ts';

/**
 * One axis per kernel size; null where automatic padding depends on a size that is not known, or differs between runtimes. Sizes are
 * the spatial sizes of the input, where known.
 */
export function windowAxes(node: OnnxNode, kernel: readonly number[], sizes: readonly Size[]): Axis[] | null {
  const strides = intsAttribute(node, 'strides') ?? kernel.map(() => 1);
  const dilations = intsAttribute(node, 'dilations') ?? kernel.map(() => 1);
  const pads = intsAttribute(node, 'pads') ?? [...kernel, ...kernel].map(() => 0);
  const mode = stringAttribute(node, 'auto_pad', 'NOTSET');
  const rank = kernel.length;
  if (strides.length !== rank || dilations.length !== rank || pads.length !== 2 * rank) return null;
  const axes: Axis[] = [];
  for (const [index, size] of kernel.entries()) {
    const [stride, dilation] = [strides[index]!, dilations[index]!];
    if (!(size >= 1 && stride >= 1 && dilation >= 1)) return null;
    const span = dilation * (size - 1);
    let [padBegin, padEnd] = [pads[index]!, pads[index + rank]!];
    if (mode === 'VALID') [padBegin, padEnd] = [0, 0];
    else if (mode !== 'NOTSET') {
      const total = samePadding(span, stride, sizes[index]);
      if (total === null) return null;
      const half = Math.floor(total / 2);
      [padBegin, padEnd] = mode === 'SAME_UPPER' ? [half, total - half] : [total - half, half];
    }
    axes.push({ kernel: size, stride, dilation, padBegin, padEnd });
  }
  return axes;
}

/**
 * Total padding that gives ceil(n / stride) outputs. Independent of n only at stride 1. Windows that skip over the end of the input by
 * more than one element are unknown: some runtimes begin at the first element, and some in the middle of what is left over.
 */
function samePadding(span: number, stride: number, size: Size | undefined): number | null {
  if (stride === 1) return span;
  if (typeof size !== 'number') return null;
  const total = (Math.ceil(size / stride) - 1) * stride + span + 1 - size;
  return total < -1 ? null : Math.max(0, total);
}
