/** Convolutions and poolings, by their definition. */
import type { OnnxNode } from '../../src/proto/node.ts';
import { build, elementAt, type NdArray, positionsOf } from './array.ts';

interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly begin: readonly number[];
  readonly end: readonly number[];
}

function windowOf(node: OnnxNode, kernel: readonly number[]): Window {
  const list = (name: string, fallback: number, count = kernel.length) =>
    node.attribute(name)?.ints ?? new Array<number>(count).fill(fallback);
  if ((node.attribute('auto_pad')?.string ?? 'NOTSET') !== 'NOTSET') throw new Error('auto_pad is not evaluated');
  const pads = list('pads', 0, 2 * kernel.length);
  const [begin, end] = [pads.slice(0, kernel.length), pads.slice(kernel.length)];
  return { kernel, strides: list('strides', 1), dilations: list('dilations', 1), begin, end };
}

function outputSizes({ kernel, strides, dilations, begin, end }: Window, sizes: readonly number[]): number[] {
  return sizes.map((n, axis) => {
    const span = dilations[axis]! * (kernel[axis]! - 1);
    return Math.floor((n + begin[axis]! + end[axis]! - span - 1) / strides[axis]!) + 1;
  });
}

/** Where a tap of the window of one output lies in the input; null outside. */
function place(window: Window, sizes: readonly number[], output: readonly number[], tap: readonly number[]) {
  const { strides, dilations, begin } = window;
  const at = output.map((o, axis) => o * strides[axis]! + tap[axis]! * dilations[axis]! - begin[axis]!);
  return at.every((position, axis) => position >= 0 && position < sizes[axis]!) ? at : null;
}

export function conv(node: OnnxNode, [x, w, b]: readonly NdArray[]): NdArray {
  const [batch, , ...sizes] = x!.dims as [number, number, ...number[]];
  const [outChannels, perGroup, ...kernel] = w!.dims as [number, number, ...number[]];
  const groupSize = outChannels / (node.attribute('group')?.int ?? 1);
  const window = windowOf(node, kernel);
  const taps = positionsOf(kernel);
  return build([batch, outChannels, ...outputSizes(window, sizes)], ([n, o, ...output]) => {
    let sum = b ? b.data[o!]! : 0;
    const first = Math.floor(o! / groupSize) * perGroup;
    for (const tap of taps) {
      const at = place(window, sizes, output, tap);
      for (let i = 0; at && i < perGroup; i++)
        sum += elementAt(w!, [o!, i, ...tap]) * elementAt(x!, [n!, first + i, ...at]);
    }
    return sum;
  });
}

/** Scatters each input into the outputs that its window covers. */
export function convTranspose(node: OnnxNode, [x, w, b]: readonly NdArray[]): NdArray {
  const [batch, inChannels, ...sizes] = x!.dims as [number, number, ...number[]];
  const [, perGroup, ...kernel] = w!.dims as [number, number, ...number[]];
  const groups = node.attribute('group')?.int ?? 1;
  const { strides, dilations, begin, end } = windowOf(node, kernel);
  const extra = node.attribute('output_padding')?.ints ?? kernel.map(() => 0);
  const out = sizes.map(
    (n, axis) =>
      strides[axis]! * (n - 1) + extra[axis]! + dilations[axis]! * (kernel[axis]! - 1) + 1 - begin[axis]! - end[axis]!,
  );
  const y = build([batch, perGroup * groups, ...out], ([, o]) => (b ? b.data[o!]! : 0));
  for (const [n, i, ...input] of positionsOf(x!.dims)) {
    const group = Math.floor(i! / (inChannels / groups));
    for (const tap of positionsOf(kernel)) {
      const at = input.map((p, axis) => p * strides[axis]! + tap[axis]! * dilations[axis]! - begin[axis]!);
      if (at.some((position, axis) => position < 0 || position >= out[axis]!)) continue;
      for (let o = 0; o < perGroup; o++) {
        const target = [n!, group * perGroup + o, ...at];
        const index = target.reduce((sum, position, axis) => sum * y.dims[axis]! + position, 0);
        y.data[index]! += elementAt(x!, [n!, i!, ...input]) * elementAt(w!, [i!, o, ...tap]);
      }
    }
  }
  return y;
}

export function averagePool(node: OnnxNode, [x]: readonly NdArray[]): NdArray {
  const [batch, channels, ...sizes] = x!.dims as [number, number, ...number[]];
  const kernel = node.attribute('kernel_shape')!.ints!;
  const window = windowOf(node, kernel);
  const taps = positionsOf(kernel);
  const countsPadding = node.attribute('count_include_pad')?.int === 1;
  if (node.attribute('ceil_mode')?.int === 1) throw new Error('ceil_mode is not evaluated');
  return build([batch, channels, ...outputSizes(window, sizes)], ([n, c, ...output]) => {
    const inside = taps.map((tap) => place(window, sizes, output, tap)).filter((at) => at !== null);
    const sum = inside.reduce((total, at) => total + elementAt(x!, [n!, c!, ...at]), 0);
    return sum / (countsPadding ? taps.length : inside.length);
  });
}
