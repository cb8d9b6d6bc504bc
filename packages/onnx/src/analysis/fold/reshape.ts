/** The same elements in the same order under other dims, and the same elements in another order. */
import type { OnnxNode } from '../../proto/node.ts';
import { intAttribute, intsAttribute } from '../attributes.ts';
import { broadcastDims, gatherTo } from '../broadcast.ts';
import { type Constant, countOf, numbersOf } from '../constant.ts';
import { normalizeAxis, reshapeDims } from '../movement.ts';
import { type Folds, LARGEST_FILL, withDims } from './table.ts';

export const reshapes: Folds = {
  Reshape: (node, [a, shape], opset) =>
    a && withDims(a, reshapeDims(a.dims, opset < 5 ? intsAttribute(node, 'shape') : numbersOf(shape))),
  Flatten: (node, [a]) => a && withDims(a, flattenDims(a.dims, intAttribute(node, 'axis', 1))),
  Squeeze: (node, [a, axes]) => a && withDims(a, squeezeDims(a.dims, intsAttribute(node, 'axes') ?? numbersOf(axes))),
  Unsqueeze: (node, [a, axes]) =>
    a && withDims(a, unsqueezeDims(a.dims, intsAttribute(node, 'axes') ?? numbersOf(axes))),
  Transpose: foldTranspose,
  Expand: (_, [a, shape]) => a && expandTo(a, numbersOf(shape)),
  Tile: (_, [a, repeats]) => a && tile(a, numbersOf(repeats)),
};

/** The order of a Transpose's axes; undefined where it is none. */
export function transposeOrder(node: OnnxNode, rank: number): readonly number[] | undefined {
  const order = intsAttribute(node, 'perm') ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  const fits = order.length === rank && new Set(order).size === rank && order.every((axis) => axis >= 0 && axis < rank);
  return fits ? order : undefined;
}

function foldTranspose(node: OnnxNode, [a]: readonly (Constant | undefined)[]): Constant | undefined {
  const order = a && transposeOrder(node, a.dims.length);
  if (!order) return undefined;
  const dims = order.map((axis) => a.dims[axis]!);
  return gatherTo(a, dims, (index, from) => {
    for (let position = 0; position < order.length; position++) from[order[position]!] = index[position]!;
    return true;
  });
}

function expandTo(a: Constant, shape: readonly number[] | undefined): Constant | undefined {
  const dims = shape && broadcastDims(a.dims, shape);
  if (!dims || countOf(dims) > LARGEST_FILL) return undefined;
  const shift = dims.length - a.dims.length;
  return gatherTo(a, dims, (index, from) => {
    a.dims.forEach((dim, axis) => {
      from[axis] = dim === 1 ? 0 : index[axis + shift]!;
    });
    return true;
  });
}

function tile(a: Constant, repeats: readonly number[] | undefined): Constant | undefined {
  if (repeats?.length !== a.dims.length) return undefined;
  const dims = a.dims.map((dim, axis) => dim * repeats[axis]!);
  if (countOf(dims) > LARGEST_FILL) return undefined;
  return gatherTo(a, dims, (index, from) => {
    a.dims.forEach((dim, axis) => {
      from[axis] = index[axis]! % dim;
    });
    return true;
  });
}

function flattenDims(dims: readonly number[], axis: number): number[] {
  const at = axis < 0 ? axis + dims.length : axis;
  return [countOf(dims.slice(0, at)), countOf(dims.slice(at))];
}

function squeezeDims(dims: readonly number[], axes: readonly number[] | undefined): number[] {
  const gone = axes?.map((axis) => normalizeAxis(axis, dims.length));
  return dims.filter((dim, axis) => (gone ? !gone.includes(axis) : dim !== 1));
}

function unsqueezeDims(dims: readonly number[], axes: readonly number[] | undefined): number[] | undefined {
  if (!axes) return undefined;
  const rank = dims.length + axes.length;
  const added = axes.map((axis) => normalizeAxis(axis, rank));
  const rest = [...dims];
  return Array.from({ length: rank }, (_, axis) => (added.includes(axis) ? 1 : rest.shift()!));
}
