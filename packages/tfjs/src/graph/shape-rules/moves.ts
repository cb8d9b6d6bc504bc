/** Output shapes of nodes that take axes apart, put them together, reorder, extend or reduce them. */
import { floorDivide, type Size, sameSize } from '@reparam/core';
import type { Shape } from '../../convert/model-view.ts';
import { flagAttribute, numbersAttribute } from '../attributes.ts';
import { slicePlan } from '../slices.ts';
import type { ShapeRule } from './rule.ts';

export const concat: ShapeRule = ({ op, inputs }, scope) => {
  const values = op === 'Concat' ? inputs.slice(1) : inputs.slice(0, -1);
  const given = scope.numbers(op === 'Concat' ? inputs[0] : inputs.at(-1))?.[0];
  const shapes = values.map((name) => scope.shape(name));
  const [first] = shapes;
  if (!first || given === undefined || !shapes.every((shape) => shape?.length === first.length)) return null;
  const axis = given < 0 ? given + first.length : given;
  const sizes = shapes.map((shape) => shape![axis]);
  const total = sizes.every((size) => typeof size === 'number')
    ? sizes.reduce((sum, part) => sum + part, 0)
    : scope.freshSize();
  return first.map((size, index) => (index === axis ? total : size));
};

export const pad: ShapeRule = ({ inputs }, scope) => {
  const shape = scope.shape(inputs[0]!);
  const pads = scope.numbers(inputs[1]);
  if (!shape || pads?.length !== 2 * shape.length) return null;
  return shape.map((size, axis) => floorDivide(size, pads[2 * axis]! + pads[2 * axis + 1]!, 1));
};

export const slice: ShapeRule = (node, scope) => {
  const shape = scope.shape(node.inputs[0]!);
  const plan = shape && slicePlan(node, scope, shape);
  return plan ? shape.map((size, axis) => plan[axis]?.count ?? size) : null;
};

/** One size may follow from the others: -1, or one that is not known. */
export const reshape: ShapeRule = ({ inputs }, scope) => {
  const shape = scope.shape(inputs[0]!);
  const target = scope.sizes(inputs[1]);
  if (!shape || !target) return null;
  const isOpen = (size: Size | null) => size === null || (typeof size === 'number' && size < 0);
  const open = target.filter(isOpen).length;
  const rest = open === 1 ? remainder(shape, target.filter((size) => !isOpen(size)) as Size[]) : null;
  return target.map((size) => (isOpen(size) ? (rest ?? scope.freshSize()) : size!));
};

/** What all sizes together are, divided by the others; null where that has no name. */
function remainder(shape: Shape, others: readonly Size[]): Size | null {
  const left = [...shape.filter((size) => typeof size !== 'number')];
  for (const size of others.filter((other) => typeof other !== 'number')) {
    const place = left.findIndex((other) => sameSize(other, size));
    if (place < 0) return null;
    left.splice(place, 1);
  }
  const count = product(shape) / product(others);
  if (left.length === 0) return Number.isInteger(count) ? count : null;
  return left.length === 1 && count === 1 ? left[0]! : null;
}

/** Of the sizes that are numbers. */
function product(sizes: readonly Size[]): number {
  return sizes.reduce<number>((total, size) => (typeof size === 'number' ? total * size : total), 1);
}

export const reduction: ShapeRule = ({ inputs, attributes }, scope) => {
  const shape = scope.shape(inputs[0]!);
  const axes = scope.numbers(inputs[1]);
  if (!shape || !axes) return null;
  const reduced = new Set(axes.map((axis) => (axis < 0 ? axis + shape.length : axis)));
  const keep = flagAttribute(attributes, 'keep_dims', flagAttribute(attributes, 'keepDims', false));
  return shape.flatMap((size, axis) => (reduced.has(axis) ? (keep ? [1] : []) : [size]));
};

export const resize: ShapeRule = ({ inputs }, scope) => {
  const shape = scope.shape(inputs[0]!);
  if (shape?.length !== 4) return null;
  const sizes = scope.sizes(inputs[1]) ?? [null, null];
  return [shape[0]!, ...sizes.map((size) => size ?? scope.freshSize()), shape[3]!];
};

export const squeeze: ShapeRule = ({ inputs, attributes }, scope) => {
  const shape = scope.shape(inputs[0]!);
  const axes = numbersAttribute(attributes, 'squeeze_dims');
  if (!shape || axes.length === 0) return null;
  const gone = new Set(axes.map((axis) => (axis < 0 ? axis + shape.length : axis)));
  return shape.filter((_, axis) => !gone.has(axis));
};

export const expandDims: ShapeRule = ({ inputs }, scope) => {
  const shape = scope.shape(inputs[0]!);
  const axis = scope.numbers(inputs[1])?.[0];
  if (!shape || axis === undefined) return null;
  const place = axis < 0 ? axis + shape.length + 1 : axis;
  return [...shape.slice(0, place), 1, ...shape.slice(place)];
};

export const transpose: ShapeRule = ({ inputs }, scope) => {
  const shape = scope.shape(inputs[0]!);
  const order = scope.numbers(inputs[1]);
  return shape && order ? order.map((axis) => shape[axis]!) : null;
};
