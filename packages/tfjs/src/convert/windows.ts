/** Windows of layers: padding by name, kernel, stride and dilation, as core's axes. */
import type { Axis, Size } from '@reparam/core';

/**
 * Padding before and after one axis. `same` pads so that there are ceil(n / stride) outputs, the odd one at the end; above stride 1 that
 * depends on the size. Null where the size is not known.
 */
export function paddedAxis(
  padding: string,
  window: { readonly kernel: number; readonly stride: number; readonly dilation: number },
  size: Size | undefined,
  rank: number,
): Axis | null {
  const reach = window.dilation * (window.kernel - 1);
  if (padding === 'valid') return { ...window, padBegin: 0, padEnd: 0 };
  if (padding !== 'same') return null;
  if (window.stride === 1) return { ...window, ...split(reach) };
  if (typeof size !== 'number') return null;
  return { ...window, ...split(samePadding(size, window.stride, reach, rank)) };
}

/** Zeros that `same` adds altogether; over three axes it may crop, where the strides leave positions out. */
function samePadding(size: number, stride: number, reach: number, rank: number): number {
  const total = (Math.ceil(size / stride) - 1) * stride + reach + 1 - size;
  return rank === 3 ? total : Math.max(0, total);
}

function split(total: number): { padBegin: number; padEnd: number } {
  const padBegin = Math.floor(total / 2);
  return { padBegin, padEnd: total - padBegin };
}

/** How an axis's padding is named; null where it has no name at this size. */
export function paddingName(axis: Axis, size: Size | undefined, rank: number): 'valid' | 'same' | null {
  if (axis.padBegin === 0 && axis.padEnd === 0) return 'valid';
  const same = paddedAxis('same', axis, size, rank);
  if (!same || same.padBegin !== axis.padBegin) return null;
  if (same.padEnd === axis.padEnd) return 'same';
  // The end may pad less or more by what no window reads.
  if (typeof size !== 'number') return null;
  const outputs = (a: Axis) =>
    Math.floor((size + a.padBegin + a.padEnd - a.dilation * (a.kernel - 1) - 1) / a.stride) + 1;
  return outputs(same) === outputs(axis) ? 'same' : null;
}
