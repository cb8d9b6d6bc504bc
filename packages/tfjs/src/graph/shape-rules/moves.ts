/** Output shapes of nodes that take axes apart, put them together, reorder, extend or reduce them. */
import { floorDivide } from '@reparam/core';
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
  if (!sizes.every((size) => typeof size === 'number')) return null;
  return first.map((size, index) => (index === axis ? sizes.reduce((sum, part) => sum + part, 0) : size));
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

export const reshape: ShapeRule = ({ inputs }, scope) => {
  const shape = scope.shape(inputs[0]!);
  const target = scope.numbers(inputs[1]);
  if (!shape || !target) return null;
  const count = product(shape);
  const open = target.indexOf(-1);
  if (open < 0) return target;
  // The first of both is the batch, where everything behind it is as large.
  const rest = product(shape.slice(1));
  const others = target.filter((_, axis) => axis !== open).reduce((total, size) => total * size, 1);
  if (open === 0 && rest === others) return [shape[0]!, ...target.slice(1)];
  return count === null ? null : target.map((size, axis) => (axis === open ? count / others : size));
};

function product(shape: Shape): number | null {
  return shape.every((size) => typeof size === 'number')
    ? shape.reduce<number>((total, size) => total * (size as number), 1)
    : null;
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
  const sizes = scope.numbers(inputs[1]);
  return shape?.length === 4 && sizes?.length === 2 ? [shape[0]!, ...sizes, shape[3]!] : null;
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
