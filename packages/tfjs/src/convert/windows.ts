/** Windows of layers: padding by name, kernel, stride and dilation, as core's axes. */
import { type Axis, floorDivide, type Size, type SymbolicSize } from '@reparam/core';

/**
 * The size behind padding `same` above stride 1, of an axis whose size is not known: `reach` zeros more, of which that size decides how many
 * stand before it. Windows on it start at its first position, and are those of a layer that pads so itself.
 */
export interface PaddedSize extends SymbolicSize {
  readonly same: { readonly reach: number; readonly stride: number };
}

export function isPaddedSize(size: Size | undefined): size is PaddedSize {
  return typeof size === 'object' && 'same' in size;
}

/** Windows of a layer or node, and the sizes that they act on where it pads by sizes that are not known. */
export interface Windows {
  readonly axes: readonly Axis[];
  readonly padded?: readonly Size[];
}

/** The windows of several axes; null where the padding is not understood. */
export function paddedWindows(
  padding: string,
  windows: readonly Pick<Axis, 'kernel' | 'stride' | 'dilation'>[],
  sizes: readonly Size[],
): Windows | null {
  const rank = windows.length;
  const padded = [...sizes];
  const axes = windows.map((window, index): Axis | null => {
    const size = sizes[index];
    const known = paddedAxis(padding, window, size, rank);
    if (known || padding !== 'same' || typeof size !== 'object') return known;
    const { stride } = window;
    const reach = window.dilation * (window.kernel - 1);
    const larger = floorDivide(size, reach, 1) as SymbolicSize;
    const own: PaddedSize = { ...larger, same: { reach, stride } };
    padded[index] = own;
    return { ...window, padBegin: 0, padEnd: 0 };
  });
  if (!axes.every((axis) => axis !== null)) return null;
  return padded.some(isPaddedSize) ? { axes, padded } : { axes };
}

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
  if (reach === 0 && rank < 3) return { ...window, padBegin: 0, padEnd: 0 };
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
  const isPlain = axis.padBegin === 0 && axis.padEnd === 0;
  if (isPaddedSize(size)) {
    const { reach, stride } = size.same;
    return isPlain && axis.stride === stride && axis.dilation * (axis.kernel - 1) === reach ? 'same' : null;
  }
  if (isPlain) return 'valid';
  const same = paddedAxis('same', axis, size, rank);
  if (!same || same.padBegin !== axis.padBegin) return null;
  if (same.padEnd === axis.padEnd) return 'same';
  // The end may pad less or more by what no window reads.
  if (typeof size !== 'number') return null;
  const outputs = (a: Axis) =>
    Math.floor((size + a.padBegin + a.padEnd - a.dilation * (a.kernel - 1) - 1) / a.stride) + 1;
  return outputs(same) === outputs(axis) ? 'same' : null;
}
