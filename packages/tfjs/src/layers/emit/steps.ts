/** Drafts the layer of each step of a rewrite. */
import type { Axis, LazyArray, Step, Values } from '@reparam/core';
import type { Shape } from '../../convert/model-view.ts';
import { type LayerDraft, type LayerWriter, notImplemented } from './layer-writer.ts';
import { draftConv, draftDense, draftTransposed } from './products.ts';

/** `inputShape` is of the first input; shapes have channels on axis 1. */
export interface StepPlace {
  readonly inputs: readonly string[];
  readonly inputShape: Shape;
  readonly shape: Shape;
}

/** One layer for a step, or several that follow each other. */
export function draftStep(writer: LayerWriter, step: Step, at: StepPlace): LayerDraft[] {
  const place = { inputs: at.inputs, shape: at.shape };
  switch (step.op) {
    case 'conv':
      return [draftConv(writer, step.operator, at.inputShape.slice(2), place)];
    case 'dense':
      return [draftDense(writer, step.operator, place)];
    case 'transposed':
      return [draftTransposed(writer, step.operator, place)];
    case 'scale':
      return [draftAffine(writer, step.factor, null, place)];
    case 'shift':
      return [draftAffine(writer, null, step.shift, place)];
    case 'affine':
      return [draftAffine(writer, step.factor, step.shift, place)];
    case 'add':
      return [{ ...place, className: 'Add', config: {}, weights: {}, macsPerElement: 1 }];
    case 'concat': {
      const axis = writer.facts.layout === 'first' ? 1 : -1;
      return [{ ...place, className: 'Concatenate', config: { axis }, weights: {}, macsPerElement: 0 }];
    }
    case 'window':
      return draftWindow(writer, step.axes, place);
    case 'map':
      throw notImplemented('a constant map');
    case 'ones':
      throw notImplemented('a channel of ones');
    case 'slice':
      return [draftSlice(writer, step.start, step.count, at.inputShape, place)];
  }
}

/** BatchNormalization with mean 0, variance 1 and epsilon 0. */
function draftAffine(
  writer: LayerWriter,
  factor: LazyArray | null,
  shift: LazyArray | null,
  place: Pick<LayerDraft, 'inputs' | 'shape'>,
): LayerDraft {
  const rank = place.shape.length;
  if (rank > 4) throw notImplemented('a scale or shift over three axes');
  if (writer.facts.layout === 'first' && rank > 2) throw notImplemented('a scale or shift on axis 1');
  const channels = place.shape[1] as number;
  const vector = (values: Values) => ({ shape: [channels], values });
  return {
    ...place,
    className: 'BatchNormalization',
    config: { axis: rank - 1, epsilon: 0, scale: factor !== null, center: shift !== null },
    weights: {
      ...(factor && { gamma: vector(writer.read(factor)) }),
      ...(shift && { beta: vector(writer.read(shift)) }),
      moving_mean: vector(new Float64Array(channels)),
      moving_variance: vector(new Float64Array(channels).fill(1)),
    },
    macsPerElement: 1,
  };
}

/** Cropping2D with the other data format than the model's: it takes the channels for a spatial axis. */
function draftSlice(
  writer: LayerWriter,
  start: number,
  count: number,
  inputShape: Shape,
  place: Pick<LayerDraft, 'inputs' | 'shape'>,
): LayerDraft {
  if (inputShape.length !== 4) throw notImplemented('a slice of channels that has no two spatial axes');
  const sides = [start, (inputShape[1] as number) - start - count];
  const isFirst = writer.facts.layout === 'first';
  const cropping = isFirst ? [sides, [0, 0]] : [[0, 0], sides];
  const config = { cropping, data_format: isFirst ? 'channels_last' : 'channels_first' };
  return { ...place, className: 'Cropping2D', config, weights: {}, macsPerElement: 0 };
}

/** ZeroPadding2D for padding, Cropping2D for cropping, pooling of single positions for strides. */
function draftWindow(
  writer: LayerWriter,
  axes: readonly Axis[],
  place: Pick<LayerDraft, 'inputs' | 'shape'>,
): LayerDraft[] {
  if (axes.length !== 2) throw notImplemented(`padding, cropping or striding over ${axes.length} axes`);
  const data_format = writer.facts.layout === 'first' ? 'channels_first' : 'channels_last';
  const common = { ...place, weights: {}, macsPerElement: 0 };
  const sides = (sign: 1 | -1) =>
    axes.map(({ padBegin, padEnd }) => [Math.max(0, sign * padBegin), Math.max(0, sign * padEnd)]);
  const has = (pads: number[][]) => pads.flat().some((size) => size > 0);
  const drafts: LayerDraft[] = [];
  if (has(sides(1))) drafts.push({ ...common, className: 'ZeroPadding2D', config: { padding: sides(1), data_format } });
  if (has(sides(-1))) drafts.push({ ...common, className: 'Cropping2D', config: { cropping: sides(-1), data_format } });
  if (axes.some(({ stride }) => stride > 1)) {
    const config = { pool_size: [1, 1], strides: axes.map(({ stride }) => stride), padding: 'valid', data_format };
    drafts.push({ ...common, className: 'MaxPooling2D', config });
  }
  return drafts;
}
