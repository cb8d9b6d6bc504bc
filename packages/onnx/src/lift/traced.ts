/**
 * Lifts whatever only moves data, by where its elements come from: a selection of channels and a window on each spatial axis, with zeros
 * or one constant per channel outside. That is how a map that is padded with a value per channel looks, however it is written. For maps of
 * fixed size; see `pieces.ts` for others.
 */
import { type Axis, pointAxis } from '@reparam/core';
import { countOf, isFloat } from '../analysis/constant.ts';
import { type Trace, traceOutput } from '../analysis/trace.ts';
import type { Lift, NamedAffine } from './context.ts';
import { filledWindow } from './filled-window.ts';

export const liftTraced: Lift = (node, scope) => {
  if (!isFloat(scope.elementType(node.outputs[0]!))) return null;
  const definitions = node.outputs.map((name, place) => {
    const trace = name === '' ? null : traceOutput(node, place, scope, isMapped);
    const definition = trace && readTrace(trace);
    return definition ? [definition] : [];
  });
  return definitions.every((list) => list.length > 0) ? definitions : null;
};

/** From a map to a map of as many samples. */
function isMapped(source: readonly number[], dims: readonly number[]): boolean {
  const rank = dims.length;
  return rank >= 3 && rank <= 5 && source.length === rank && dims[0] === source[0];
}

function readTrace(trace: Trace): NamedAffine | null {
  const { dims, sourceDims, source } = trace;
  if (!isMapped(sourceDims, dims)) return null;
  const axes = dims.slice(2).map((_, index) => windowOf(trace, index + 2));
  if (!axes.every((axis) => axis !== null)) return null;
  const channels = channelsOf(trace);
  const outside = channels && constantsOutside(trace, axes, channels);
  return channels && outside && filledWindow(source, sourceDims, channels, axes, outside);
}

function stridesOf(dims: readonly number[]): number[] {
  return dims.map((_, axis) => countOf(dims.slice(axis + 1)));
}

/** The window that the elements of the source lie in on one axis, from the first two positions that show some. */
function windowOf({ dims, sourceDims, places }: Trace, axis: number): Axis | null {
  const size = dims[axis]!;
  const [inner, innerSource] = [countOf(dims.slice(axis + 1)), countOf(sourceDims.slice(axis + 1))];
  const positions = new Array<number>(size).fill(-1);
  for (let index = 0; index < places.length; index++) {
    if (places[index]! < 0) continue;
    positions[Math.floor(index / inner) % size] = Math.floor(places[index]! / innerSource) % sourceDims[axis]!;
  }
  const first = positions.findIndex((position) => position >= 0);
  if (first < 0) return null;
  const next = positions[first + 1] ?? -1;
  const stride = next < 0 ? 1 : next - positions[first]!;
  if (stride < 1) return null;
  const padBegin = stride * first - positions[first]!;
  const padEnd = stride * (size - 1) + 1 - padBegin - sourceDims[axis]!;
  return { ...pointAxis, stride, padBegin, padEnd };
}

/** For each channel, the source's that it shows; null where some has none, or two show the same. */
function channelsOf({ dims, sourceDims, places }: Trace): readonly number[] | null {
  const [inner, innerSource] = [countOf(dims.slice(2)), countOf(sourceDims.slice(2))];
  const channels = new Array<number>(dims[1]!).fill(-1);
  for (let index = 0; index < places.length; index++) {
    if (places[index]! >= 0)
      channels[Math.floor(index / inner) % dims[1]!] = Math.floor(places[index]! / innerSource) % sourceDims[1]!;
  }
  return channels.includes(-1) || new Set(channels).size < channels.length ? null : channels;
}

/** The constant of each channel outside the window; null where not every element is as the window and the channels say. */
function constantsOutside(trace: Trace, axes: readonly Axis[], channels: readonly number[]): Float64Array | null {
  const { dims, sourceDims, places, constants } = trace;
  const outside = new Float64Array(dims[1]!);
  const seen = new Array<boolean>(dims[1]!).fill(false);
  const [strides, sourceStrides] = [stridesOf(dims), stridesOf(sourceDims)];
  for (let index = 0; index < places.length; index++) {
    const channel = Math.floor(index / strides[1]!) % dims[1]!;
    let expected = Math.floor(index / strides[0]!) * sourceStrides[0]! + channels[channel]! * sourceStrides[1]!;
    for (const [spatial, axis] of axes.entries()) {
      const position = axis.stride * (Math.floor(index / strides[spatial + 2]!) % dims[spatial + 2]!) - axis.padBegin;
      expected =
        expected < 0 || position < 0 || position >= sourceDims[spatial + 2]!
          ? -1
          : expected + position * sourceStrides[spatial + 2]!;
    }
    if (places[index] !== expected) return null;
    if (expected >= 0) continue;
    if (!seen[channel]) outside[channel] = constants[index]!;
    seen[channel] = true;
    if (outside[channel] !== constants[index]) return null;
  }
  return outside;
}
