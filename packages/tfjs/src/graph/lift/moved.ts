/** Nodes that take axes apart, put them together, reorder them, average over them, or resize maps, as movements. */
import { average, type Movement, reshape, transpose } from '@reparam/core/movement';
import { flagAttribute, isFloatType } from '../attributes.ts';
import type { NodeDef } from '../node-def.ts';
import type { GraphScope } from '../scope.ts';

type Move = (movement: Movement, node: NodeDef, scope: GraphScope) => Movement | null;

const moves: Readonly<Record<string, Move>> = {
  ExpandDims: regroup,
  Mean(movement, { inputs, attributes }, scope) {
    const rank = movement.axes.length;
    const axes = scope.numbers(inputs[1])?.map((axis) => (axis < 0 ? axis + rank : axis));
    const keep = flagAttribute(attributes, 'keep_dims', flagAttribute(attributes, 'keepDims', false));
    return axes?.every((axis) => axis >= 0 && axis < rank) ? average(movement, [...new Set(axes)], keep) : null;
  },
  Reshape: regroup,
  ResizeBilinear: resize,
  ResizeNearestNeighbor: resize,
  Squeeze: regroup,
  Transpose(movement, { inputs }, scope) {
    const order = scope.numbers(inputs[1]);
    const isOrder = order?.length === movement.axes.length && new Set(order).size === order.length;
    return isOrder && order.every((axis) => movement.axes[axis]) ? transpose(movement, order) : null;
  },
};

/** What the node does to the axes of its first input; null where it is no movement. Only of floats. */
export function moveOf(node: NodeDef, scope: GraphScope): ((before: Movement) => Movement | null) | null {
  const move = Object.hasOwn(moves, node.op) ? moves[node.op] : undefined;
  const isPlain = node.control.length === 0 && isFloatType(node.attributes, 'T');
  if (!move || !isPlain || !scope.shape(node.name) || scope.constant(node.inputs[0]!)) return null;
  return (before) => move(before, node, scope);
}

/** What a resize is written from: see core's `Sampling`. */
export interface GraphResize {
  readonly op: string;
  readonly attributes: NodeDef['attributes'];
  /** Rows and columns. */
  readonly size: readonly number[];
}

function resize(movement: Movement, { op, inputs, attributes }: NodeDef, scope: GraphScope): Movement | null {
  const size = scope.numbers(inputs[1]);
  const key: GraphResize = { op, attributes, size: size ?? [] };
  return size ? { ...movement, sampled: { key: JSON.stringify(key), axes: [1, 2] } } : null;
}

function regroup(movement: Movement, { name }: NodeDef, scope: GraphScope): Movement | null {
  return reshape(
    movement,
    scope.shape(name)!.map((size) => [size]),
  );
}
