/** Output shapes of nodes that put values on a new axis, look some up, or take one of an axis. */
import { floorDivide, type Size } from '@reparam/core';
import { numberAttribute, stringAttribute, write } from '../attributes.ts';
import { slicePlan } from '../slices.ts';
import type { ShapeRule } from './rule.ts';

/** A shape is a vector with one element for each axis. */
export const shapeVector: ShapeRule = ({ inputs }, scope) => {
  const shape = scope.shape(inputs[0]!);
  return shape && [shape.length];
};

export const pack: ShapeRule = ({ inputs, attributes }, scope) => {
  const shape = scope.shape(inputs[0]!);
  if (!shape) return null;
  const axis = numberAttribute(attributes, 'axis', 0);
  const place = axis < 0 ? axis + shape.length + 1 : axis;
  return [...shape.slice(0, place), inputs.length, ...shape.slice(place)];
};

/** Rows of a table, as an embedding looks them up. */
export const gather: ShapeRule = ({ inputs, attributes }, scope) => {
  const [table, places] = inputs.map((name) => scope.shape(name));
  const axis = inputs.length > 2 ? scope.numbers(inputs[2])?.[0] : 0;
  if (!table || !places || axis === undefined || numberAttribute(attributes, 'batch_dims', 0) !== 0) return null;
  const place = axis < 0 ? axis + table.length : axis;
  return [...table.slice(0, place), ...places, ...table.slice(place + 1)];
};

/** Where an axis goes, one position of it is taken; of the others what a slice takes. */
export const stridedSlice: ShapeRule = (node, scope) => {
  const { inputs, attributes } = node;
  const shape = scope.shape(inputs[0]!);
  const mask = (name: string) => numberAttribute(attributes, name, 0);
  const gone = mask('shrink_axis_mask');
  const withGone = (name: string) => write.whole(mask(name) | gone);
  const whole = {
    begin_mask: withGone('begin_mask'),
    end_mask: withGone('end_mask'),
    shrink_axis_mask: write.whole(0),
  };
  const plan = shape && slicePlan({ ...node, attributes: { ...attributes, ...whole } }, scope, shape);
  return plan
    ? shape.flatMap((size, axis): Size[] => ((gone & (1 << axis)) !== 0 ? [] : [plan[axis]?.count ?? size]))
    : null;
};

/** Blocks of positions become channels, or channels blocks. */
export const blocks =
  (sign: 1 | -1): ShapeRule =>
  ({ inputs, attributes }, scope) => {
    const shape = scope.shape(inputs[0]!);
    const block = numberAttribute(attributes, 'block_size', 0);
    const channels = shape?.[3];
    if (
      shape?.length !== 4 ||
      block < 1 ||
      typeof channels !== 'number' ||
      stringAttribute(attributes, 'data_format', 'NHWC') !== 'NHWC'
    )
      return null;
    const sized = (size: Size) =>
      sign < 0 ? floorDivide(size, 0, block) : typeof size === 'number' ? size * block : scope.freshSize();
    return [shape[0]!, ...shape.slice(1, 3).map(sized), sign < 0 ? channels * block * block : channels / block / block];
  };
