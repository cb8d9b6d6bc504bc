/** Output shapes of layers that take axes apart, put them together, reorder or average over them. */
import type { Shape } from '../../convert/model-view.ts';
import { type JsonObject, numberList } from '../../json.ts';
import { channelsOf, fitsLayout } from '../call-context.ts';
import type { ShapeRule } from './rule.ts';

export const globalPooling: ShapeRule = (context, shape) => {
  const channels = channelsOf(shape, context.layout);
  return channels === undefined || !fitsLayout(context) ? null : [shape[0]!, channels];
};

export const flatten: ShapeRule = (_, shape) => [shape[0]!, elementsOf(shape.slice(1))];

export const reshape: ShapeRule = ({ config }, shape) => {
  const target = config.target_shape;
  const sizes = Array.isArray(target) ? numberList(target, target.length) : null;
  if (!sizes) return null;
  const count = elementsOf(shape.slice(1));
  const rest = sizes.filter((size) => size > 0).reduce((product, size) => product * size, 1);
  return [shape[0]!, ...sizes.map((size) => (size > 0 ? size : count === null ? null : count / rest))];
};

function elementsOf(sizes: Shape): number | null {
  return sizes.reduce<number | null>(
    (product, size) => (product !== null && typeof size === 'number' ? product * size : null),
    1,
  );
}

/** Where each axis comes from; `dims` count from 1, without the batch. Null where they name not every axis once. */
export function permutedAxes({ dims }: JsonObject, rank: number): number[] | null {
  const order = numberList(dims, rank - 1);
  const isOrder = order && new Set(order).size === order.length && order.every((axis) => axis >= 1 && axis < rank);
  return isOrder ? [0, ...order] : null;
}

export const permute: ShapeRule = ({ config }, shape) =>
  permutedAxes(config, shape.length)?.map((axis) => shape[axis]!) ?? null;
