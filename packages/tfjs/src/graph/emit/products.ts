/** Drafts of nodes with a constant filter or matrix. */
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
import { isPaddedSize, paddedAxis, paddingName } from '../../convert/windows.ts';
import { type Attributes, write } from '../attributes.ts';
import { type NodeDraft, type NodeWriter, notImplemented } from './node-writer.ts';

type Place = Pick<NodeDraft, 'inputs' | 'shape'>;

/** The convolution with the smallest kernel that a node can hold. `sizes` are the input's. */
export function draftConv(writer: NodeWriter, operator: Operator, sizes: readonly Size[], place: Place): NodeDraft {
  const rank = sizes.length;
  const axes = operator.axes.length === rank ? operator.axes : sizes.map(() => pointAxis);
  const whole = { ...operator, axes, weight: arrayOf(writer.read(operator.weight)) };
  if (rank !== 2 && rank !== 3) return draftMatMul(writer, whole, place);
  for (const candidate of [withoutCropping(simplify(whole)), withoutCropping(whole)]) {
    const strided = candidate.axes.some(({ stride }) => stride > 1);
    const written = strided ? withoutDilation(candidate) : candidate;
    const padding = paddingOf(written.axes, sizes);
    if (padding === null) continue;
    const groups = groupsOf(written, rank);
    return groups > 1 ? draftDepthwise(writer, written, padding, place) : draftDense(writer, written, padding, place);
  }
  throw notImplemented(`a convolution over ${rank} axes with padding of its own`);
}

/** DepthwiseConv2dNative is the only node with groups: one for each input channel. */
export function groupsOf(operator: Operator, rank: number): number {
  return rank === 2 && largestGroups(operator) === operator.inChannels ? operator.inChannels : 1;
}

/** Attributes that say how it pads: by name where the padding has one, else explicitly over two axes. */
export function paddingOf(axes: readonly Axis[], sizes: readonly Size[]): Attributes | null {
  const names = axes.map((axis, index) => paddingName(axis, sizes[index], axes.length));
  if (names.every((name) => name === 'valid')) return { padding: write.string('VALID') };
  const isSame = axes.every((axis, index) => {
    if (isPaddedSize(sizes[index])) return names[index] === 'same';
    const same = paddedAxis('same', axis, sizes[index], axes.length);
    return same?.padBegin === axis.padBegin && same.padEnd === axis.padEnd;
  });
  if (isSame) return { padding: write.string('SAME') };
  if (axes.length !== 2 || sizes.some(isPaddedSize)) return null;
  const pads = [0, 0, ...axes.flatMap(({ padBegin, padEnd }) => [padBegin, padEnd]), 0, 0];
  return { padding: write.string('EXPLICIT'), explicit_paddings: write.wholes(pads) };
}

function windowAttributes({ axes }: Operator, padding: Attributes): Attributes {
  return {
    ...padding,
    strides: write.wholes([1, ...axes.map(({ stride }) => stride), 1]),
    dilations: write.wholes([1, ...axes.map(({ dilation }) => dilation), 1]),
    data_format: write.string(axes.length === 3 ? 'NDHWC' : 'NHWC'),
  };
}

function draftDense(writer: NodeWriter, operator: Operator, padding: Attributes, place: Place): NodeDraft {
  const { axes, outChannels, inChannels } = operator;
  const taps = tapCount(axes);
  const values = reverseAxes(groupedWeights(operator, 1, writer.memo), outChannels, inChannels, taps);
  const shape = [...axes.map(({ kernel }) => kernel), inChannels, outChannels];
  const filter = writer.constant('filter', shape, values);
  const draft = {
    ...place,
    op: `Conv${axes.length}D`,
    inputs: [...place.inputs, filter.spec.name],
    attributes: windowAttributes(operator, padding),
    weights: [filter],
    macsPerElement: inChannels * taps,
  };
  return operator.bias ? withBias(writer, draft, operator) : draft;
}

function draftDepthwise(writer: NodeWriter, operator: Operator, padding: Attributes, place: Place): NodeDraft {
  const { axes, outChannels, inChannels } = operator;
  const taps = tapCount(axes);
  const values = reverseAxes(groupedWeights(operator, inChannels, writer.memo), outChannels, 1, taps);
  const shape = [...axes.map(({ kernel }) => kernel), inChannels, outChannels / inChannels];
  const filter = writer.constant('filter', shape, values);
  const draft = {
    ...place,
    op: 'DepthwiseConv2dNative',
    inputs: [...place.inputs, filter.spec.name],
    attributes: windowAttributes(operator, padding),
    weights: [filter],
    macsPerElement: taps,
  };
  return operator.bias ? withBias(writer, draft, operator) : draft;
}

export function draftMatMul(writer: NodeWriter, operator: Operator, place: Place): NodeDraft {
  const { outChannels, inChannels, axes } = operator;
  const isPoint = axes.every(
    ({ kernel, stride, padBegin, padEnd }) => kernel === 1 && stride === 1 && !padBegin && !padEnd,
  );
  if (!isPoint) throw notImplemented('a convolution over one axis');
  const isPlain = place.shape.length === 2;
  const values = reverseAxes(groupedWeights(operator, 1, writer.memo), outChannels, inChannels, 1);
  const batches = new Array<number>(place.shape.length - 2).fill(1);
  const matrix = writer.constant('matrix', [...batches, inChannels, outChannels], values);
  const off = write.flag(false);
  const draft = {
    ...place,
    op: isPlain ? 'MatMul' : 'BatchMatMulV2',
    inputs: [...place.inputs, matrix.spec.name],
    attributes: isPlain ? { transpose_a: off, transpose_b: off } : { adj_x: off, adj_y: off },
    weights: [matrix],
    macsPerElement: inChannels,
  };
  return operator.bias ? withBias(writer, draft, operator) : draft;
}

/** The forms that add a bias, and hold an activation. */
export const FUSED_FORMS: Readonly<Record<string, string>> = {
  Conv2D: '_FusedConv2D',
  DepthwiseConv2dNative: 'FusedDepthwiseConv2dNative',
  MatMul: '_FusedMatMul',
};

function withBias(writer: NodeWriter, draft: NodeDraft, { bias, outChannels }: Operator): NodeDraft {
  const form = FUSED_FORMS[draft.op];
  const added = writer.constant('bias', [outChannels], writer.read(bias!));
  const weights = [...draft.weights, added];
  if (form === undefined) {
    const inputs = [writer.add(draft), added.spec.name];
    return { ...draft, op: 'AddV2', inputs, attributes: {}, weights: [added], macsPerElement: 1 };
  }
  const fused = { fused_ops: write.strings(['BiasAdd']), num_args: write.whole(1), epsilon: write.float(0) };
  return {
    ...draft,
    op: form,
    inputs: [...draft.inputs, added.spec.name],
    attributes: { ...draft.attributes, ...fused },
    weights,
  };
}

export function draftTransposed(
  writer: NodeWriter,
  operator: Operator,
  sizes: readonly Size[],
  place: Place,
): NodeDraft {
  const { axes, outChannels, inChannels, bias } = operator;
  const [batch, , ...written] = place.shape;
  if (axes.length !== 2 || ![batch, ...written].every((size) => typeof size === 'number'))
    throw notImplemented('a transposed convolution of unknown size');
  const padding = ['valid', 'same'].find((name) =>
    axes.every((axis, index) => {
      const forward = paddedAxis(name, axis, written[index], 2);
      return axis.dilation === 1 && forward?.padBegin === axis.padBegin;
    }),
  );
  const back = axes.every((axis, index) => Math.ceil((written[index] as number) / axis.stride) === sizes[index]);
  if (!padding || (padding === 'same' && !back)) throw notImplemented('a transposed convolution with this padding');
  const taps = tapCount(axes);
  const values = reverseAxes(groupedWeights(operator, 1, writer.memo), outChannels * inChannels, 1, taps);
  const filter = writer.constant('filter', [...axes.map(({ kernel }) => kernel), outChannels, inChannels], values);
  const shape = writer.integers('shape', [batch, ...written, outChannels] as number[]);
  const draft: NodeDraft = {
    ...place,
    op: 'Conv2DBackpropInput',
    inputs: [shape.spec.name, filter.spec.name, ...place.inputs],
    attributes: windowAttributes(operator, { padding: write.string(padding.toUpperCase()) }),
    weights: [shape, filter],
    macsPerElement: (inChannels * taps) / axes.reduce((product, { stride }) => product * stride, 1),
  };
  return bias ? withBias(writer, draft, operator) : draft;
}
