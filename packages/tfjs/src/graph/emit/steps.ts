/** Drafts the node of each step of a rewrite. */
import type { Axis, LazyArray, Size, Step } from '@reparam/core';
import { reverseAxes } from '../../artifacts/kernel-layout.ts';
import type { Shape } from '../../convert/model-view.ts';
import { write } from '../attributes.ts';
import { type NodeDraft, type NodeWriter, notImplemented } from './node-writer.ts';
import { draftConv, draftMatMul, draftTransposed } from './products.ts';

/** Shapes have channels on axis 1. */
export interface StepPlace {
  readonly inputs: readonly string[];
  readonly inputShape: Shape;
  readonly shape: Shape;
}

/** The last node of a step; those before it are added to the writer. */
export function draftStep(writer: NodeWriter, step: Step, at: StepPlace): NodeDraft {
  const place = { inputs: at.inputs, shape: at.shape };
  switch (step.op) {
    case 'conv':
      return draftConv(writer, step.operator, at.inputShape.slice(2), place);
    case 'dense':
      return draftMatMul(writer, step.operator, place);
    case 'transposed':
      return draftTransposed(writer, step.operator, at.inputShape.slice(2), place);
    case 'scale':
      return draftPerChannel(writer, 'Mul', 'scale', step.factor, place);
    case 'shift':
      return draftPerChannel(writer, 'AddV2', 'bias', step.shift, place);
    case 'map':
      return draftMap(writer, step, place);
    case 'affine':
      return draftAffine(writer, step.factor, step.shift, place);
    case 'add':
      return { ...place, op: 'AddV2', attributes: {}, weights: [], macsPerElement: 1 };
    case 'concat':
      return draftConcat(writer, place);
    case 'slice':
      return draftSlice(writer, at, step.start, step.count);
    case 'ones':
      throw notImplemented('a channel of ones');
    case 'window':
      return draftWindow(writer, step.axes, at);
  }
}

type Place = Pick<NodeDraft, 'inputs' | 'shape'>;

function draftPerChannel(writer: NodeWriter, op: string, role: string, array: LazyArray, place: Place): NodeDraft {
  const values = writer.read(array);
  const isUniform = values.every((value) => value === values[0]);
  const constant = writer.constant(role, isUniform ? [] : [values.length], isUniform ? values.slice(0, 1) : values);
  const inputs = [...place.inputs, constant.spec.name];
  return { ...place, op, inputs, attributes: {}, weights: [constant], macsPerElement: 1 };
}

/** A constant of the whole value's size, channels last. */
function draftMap(writer: NodeWriter, { map, size }: Extract<Step, { op: 'map' }>, place: Place): NodeDraft {
  const channels = place.shape[1] as number;
  const values = reverseAxes(writer.read(map), channels, 1, map.length / channels);
  const constant = writer.constant('bias', [1, ...size, channels], values);
  const inputs = [...place.inputs, constant.spec.name];
  return { ...place, op: 'AddV2', inputs, attributes: {}, weights: [constant], macsPerElement: 1 };
}

/** FusedBatchNormV3 with mean 0, variance 1 and epsilon 0 on images; a product and a sum elsewhere. */
function draftAffine(writer: NodeWriter, factor: LazyArray, shift: LazyArray, place: Place): NodeDraft {
  if (place.shape.length !== 4) {
    const scaled = writer.add(draftPerChannel(writer, 'Mul', 'scale', factor, place));
    return draftPerChannel(writer, 'AddV2', 'bias', shift, { ...place, inputs: [scaled] });
  }
  const channels = factor.length;
  const weights = [
    writer.constant('scale', [channels], writer.read(factor)),
    writer.constant('offset', [channels], writer.read(shift)),
    writer.constant('mean', [channels], new Float64Array(channels)),
    writer.constant('variance', [channels], new Float64Array(channels).fill(1)),
  ];
  return {
    ...place,
    op: 'FusedBatchNormV3',
    inputs: [...place.inputs, ...weights.map(({ spec }) => spec.name)],
    attributes: {
      U: write.type('DT_FLOAT'),
      data_format: write.string('NHWC'),
      epsilon: write.float(0),
      is_training: write.flag(false),
    },
    weights,
    macsPerElement: 1,
  };
}

function draftConcat(writer: NodeWriter, place: Place): NodeDraft {
  const axis = writer.integers('axis', [place.shape.length - 1], []);
  return {
    ...place,
    op: 'ConcatV2',
    inputs: [...place.inputs, axis.spec.name],
    attributes: { N: write.whole(place.inputs.length), Tidx: write.type('DT_INT32') },
    weights: [axis],
    macsPerElement: 0,
  };
}

/** Channels `start ... start + count`, everything else whole. */
function draftSlice(writer: NodeWriter, { inputs, shape }: StepPlace, start: number, count: number): NodeDraft {
  const begin = shape.map((_, axis) => (axis === shape.length - 1 ? start : 0));
  const size = shape.map((_, axis) => (axis === shape.length - 1 ? count : -1));
  const weights = [writer.integers('begin', begin), writer.integers('size', size)];
  const names = weights.map(({ spec }) => spec.name);
  const attributes = { Index: write.type('DT_INT32') };
  return { op: 'Slice', inputs: [...inputs, ...names], attributes, weights, macsPerElement: 0, shape };
}

/** Pad for padding, StridedSlice for cropping and striding. */
function draftWindow(writer: NodeWriter, axes: readonly Axis[], at: StepPlace): NodeDraft {
  const pads = axes.map(({ padBegin, padEnd }) => [Math.max(0, padBegin), Math.max(0, padEnd)] as const);
  const isSliced = axes.some(({ padBegin, padEnd, stride }) => padBegin < 0 || padEnd < 0 || stride > 1);
  if (axes.length > 2) throw notImplemented('padding, cropping or striding over three axes');
  if (pads.flat().every((size) => size === 0)) return draftCrop(writer, axes, at);
  const padded = draftPad(writer, pads, at);
  return isSliced ? draftCrop(writer, axes, { ...at, inputs: [writer.add(padded)] }) : padded;
}

function draftPad(writer: NodeWriter, pads: readonly (readonly [number, number])[], at: StepPlace): NodeDraft {
  const list = [0, 0, ...pads.flat(), 0, 0];
  const constant = writer.integers('paddings', list, [list.length / 2, 2]);
  const grown = at.inputShape.slice(2).map((size, axis): Size => {
    const more = pads[axis]![0] + pads[axis]![1];
    return typeof size === 'number' ? size + more : { ...size, constant: size.constant + size.stride * more };
  });
  return {
    op: 'Pad',
    inputs: [...at.inputs, constant.spec.name],
    attributes: { Tpaddings: write.type('DT_INT32') },
    weights: [constant],
    macsPerElement: 0,
    shape: [...at.inputShape.slice(0, 2), ...grown],
  };
}

function draftCrop(writer: NodeWriter, axes: readonly Axis[], { inputs, shape }: StepPlace): NodeDraft {
  const each = (of: (axis: Axis) => number, rest: number) => [rest, ...axes.map(of), rest];
  const ends = each(({ padEnd }) => Math.min(0, padEnd), 0);
  const toEnd = ends.reduce((mask, end, axis) => (end === 0 ? mask | (1 << axis) : mask), 0);
  const weights = [
    writer.integers(
      'begin',
      each(({ padBegin }) => Math.max(0, -padBegin), 0),
    ),
    writer.integers('end', ends),
    writer.integers(
      'strides',
      each(({ stride }) => stride, 1),
    ),
  ];
  const off = write.whole(0);
  return {
    op: 'StridedSlice',
    inputs: [...inputs, ...weights.map(({ spec }) => spec.name)],
    attributes: {
      Index: write.type('DT_INT32'),
      begin_mask: off,
      end_mask: write.whole(toEnd),
      ellipsis_mask: off,
      new_axis_mask: off,
      shrink_axis_mask: off,
    },
    weights,
    macsPerElement: 0,
    shape,
  };
}
