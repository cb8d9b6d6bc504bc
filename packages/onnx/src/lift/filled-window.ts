/** A window on a source with one constant per channel around it, as an affine map. */
import { type Axis, arrayOf, biasColumn, gather, identity, type Operator, type Size } from '@reparam/core';
import type { NamedAffine } from './context.ts';

/** What is outside of a window on the source, and what is inside of it less that, on ones. */
export function filledWindow(
  source: string,
  sourceDims: readonly Size[],
  channels: readonly number[],
  axes: readonly Axis[],
  outside: Float64Array,
): NamedAffine {
  const operator: Operator = { ...selection(channels, sourceDims[1] as number), axes };
  const terms = [{ operator, input: source }];
  if (outside.every((value) => value === 0)) return { axis: 1, terms, bias: null };
  const inside = { ...biasColumn(arrayOf(outside.map((value) => -value))), axes };
  return { axis: 1, terms, bias: arrayOf(outside), onOnes: [{ operator: inside, size: sourceDims.slice(2) }] };
}

function selection(channels: readonly number[], inChannels: number): Operator {
  const inOrder = channels.length === inChannels && channels.every((channel, index) => channel === index);
  return inOrder ? identity(inChannels) : gather(inChannels, channels);
}
