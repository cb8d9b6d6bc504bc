/** Drafts of layers with a kernel: Conv1D, Conv2D, Conv3D, DepthwiseConv2D, Dense and transposed convolutions. */
import {
  type Axis,
  arrayOf,
  groupedWeights,
  largestGroups,
  type Operator,
  pointAxis,
  type Size,
  simplify,
  tapCount,
  withoutCropping,
} from '@reparam/core';
import { reverseAxes } from '../../artifacts/kernel-layout.ts';
import { withoutDilation } from '../../convert/expand-taps.ts';
import { transposedAxis } from '../../convert/transposed-axis.ts';
import { isPaddedSize, paddingName } from '../../convert/windows.ts';
import { type LayerDraft, type LayerWriter, notImplemented } from './layer-writer.ts';

/** What the draft does not say of itself. */
type Place = Pick<LayerDraft, 'inputs' | 'shape'>;

/** The convolution with the smallest kernel that a layer can hold. `sizes` are the input's. */
export function draftConv(writer: LayerWriter, operator: Operator, sizes: readonly Size[], place: Place): LayerDraft {
  const rank = sizes.length;
  const axes = operator.axes.length === rank ? operator.axes : sizes.map(() => pointAxis);
  const whole = { ...operator, axes, weight: arrayOf(writer.read(operator.weight)) };
  for (const candidate of [withoutCropping(simplify(whole)), withoutCropping(whole)]) {
    const groups = groupsOf(candidate, rank);
    const strided = candidate.axes.some(({ stride }) => stride > 1);
    const written = groups > 1 || strided ? withoutDilation(candidate) : candidate;
    const padding = paddingOf(written.axes, sizes);
    if (padding === null) continue;
    if (groups > 1) return draftDepthwise(writer, written, padding, place);
    if (rank !== 2 && written.axes.every(isPoint)) return draftDense(writer, { ...written, axes: [] }, place);
    return draftDenseConv(writer, written, padding, place);
  }
  throw notImplemented(`a convolution over ${rank} axes with padding of its own`);
}

/** DepthwiseConv2D is the only layer with groups: one for each input channel. */
export function groupsOf(operator: Operator, rank: number): number {
  return rank === 2 && largestGroups(operator) === operator.inChannels ? operator.inChannels : 1;
}

function isPoint({ kernel, stride, padBegin, padEnd }: Axis): boolean {
  return kernel === 1 && stride === 1 && padBegin === 0 && padEnd === 0;
}

/** One name for all axes, or null. */
export function paddingOf(axes: readonly Axis[], sizes: readonly Size[]): 'valid' | 'same' | null {
  const names = axes.map((axis, index) => paddingName(axis, sizes[index], axes.length));
  if (names.some((name) => name === null)) return null;
  if (names.every((name) => name === 'valid')) return 'valid';
  const allSame = axes.every((axis, index) => isSame(axis, sizes[index], axes.length));
  return allSame ? 'same' : null;
}

/** An axis without padding may be `same` too, as one of kernel 1 is. */
function isSame(axis: Axis, size: Size | undefined, rank: number): boolean {
  if (axis.padBegin !== 0 || axis.padEnd !== 0 || isPaddedSize(size)) return paddingName(axis, size, rank) === 'same';
  if (axis.kernel === 1 && (axis.stride === 1 || rank < 3)) return true;
  if (axis.stride === 1 || typeof size !== 'number') return false;
  const outputs = Math.floor((size - axis.dilation * (axis.kernel - 1) - 1) / axis.stride) + 1;
  const total = (Math.ceil(size / axis.stride) - 1) * axis.stride + axis.dilation * (axis.kernel - 1) + 1 - size;
  return outputs === Math.ceil(size / axis.stride) && Math.floor((rank === 3 ? total : Math.max(0, total)) / 2) === 0;
}

const zeros = { class_name: 'Zeros', config: {} };

function windowConfig(writer: LayerWriter, { axes, bias }: Operator, padding: string) {
  return {
    kernel_size: axes.map(({ kernel }) => kernel),
    strides: axes.map(({ stride }) => stride),
    padding,
    data_format: writer.facts.layout === 'first' ? 'channels_first' : 'channels_last',
    dilation_rate: axes.map(({ dilation }) => dilation),
    activation: 'linear',
    use_bias: bias !== null,
    bias_initializer: zeros,
  };
}

function biasWeight(writer: LayerWriter, { bias, outChannels }: Operator): LayerDraft['weights'] {
  return bias ? { bias: { shape: [outChannels], values: writer.read(bias) } } : {};
}

function draftDenseConv(writer: LayerWriter, operator: Operator, padding: string, place: Place): LayerDraft {
  const { axes, outChannels, inChannels } = operator;
  const taps = tapCount(axes);
  const values = reverseAxes(groupedWeights(operator, 1, writer.memo), outChannels, inChannels, taps);
  const shape = [...axes.map(({ kernel }) => kernel), inChannels, outChannels];
  return {
    ...place,
    className: `Conv${axes.length}D`,
    config: { ...windowConfig(writer, operator, padding), filters: outChannels, kernel_initializer: zeros },
    weights: { kernel: { shape, values }, ...biasWeight(writer, operator) },
    macsPerElement: inChannels * taps,
  };
}

function draftDepthwise(writer: LayerWriter, operator: Operator, padding: string, place: Place): LayerDraft {
  const { axes, outChannels, inChannels } = operator;
  const taps = tapCount(axes);
  const multiplier = outChannels / inChannels;
  const values = reverseAxes(groupedWeights(operator, inChannels, writer.memo), outChannels, 1, taps);
  const shape = [...axes.map(({ kernel }) => kernel), inChannels, multiplier];
  const config = { depth_multiplier: multiplier, depthwise_initializer: zeros };
  return {
    ...place,
    className: 'DepthwiseConv2D',
    config: { ...windowConfig(writer, operator, padding), ...config },
    weights: { depthwise_kernel: { shape, values }, ...biasWeight(writer, operator) },
    macsPerElement: taps,
  };
}

export function draftDense(writer: LayerWriter, operator: Operator, place: Place): LayerDraft {
  const { outChannels, inChannels, bias } = operator;
  if (writer.facts.layout === 'first' && place.shape.length > 2) throw notImplemented('a Dense layer on axis 1');
  const values = reverseAxes(groupedWeights(operator, 1, writer.memo), outChannels, inChannels, 1);
  const config = { units: outChannels, activation: 'linear', use_bias: bias !== null };
  return {
    ...place,
    className: 'Dense',
    config: { ...config, kernel_initializer: zeros, bias_initializer: zeros },
    weights: { kernel: { shape: [inChannels, outChannels], values }, ...biasWeight(writer, operator) },
    macsPerElement: inChannels,
  };
}

export function draftTransposed(writer: LayerWriter, operator: Operator, place: Place): LayerDraft {
  const { axes, outChannels, inChannels } = operator;
  const padding = ['valid', 'same'].find((name) =>
    axes.every((axis) => {
      const named = axis.dilation === 1 && transposedAxis(name, axis.kernel, axis.stride, axes.length);
      return named && named.padBegin === axis.padBegin && named.padEnd === axis.padEnd;
    }),
  );
  if (!padding || axes.length < 2) throw notImplemented('a transposed convolution with this padding');
  const taps = tapCount(axes);
  const values = reverseAxes(groupedWeights(operator, 1, writer.memo), outChannels * inChannels, 1, taps);
  const shape = [...axes.map(({ kernel }) => kernel), outChannels, inChannels];
  return {
    ...place,
    className: `Conv${axes.length}DTranspose`,
    config: { ...windowConfig(writer, operator, padding), filters: outChannels, kernel_initializer: zeros },
    weights: { kernel: { shape, values }, ...biasWeight(writer, operator) },
    macsPerElement: (inChannels * taps) / axes.reduce((product, { stride }) => product * stride, 1),
  };
}
