/** Sums, means, norms and extremes over axes. */
import { derivedArray, readArray, type Values } from '@reparam/core';
import type { OnnxNode } from '../../proto/node.ts';
import { intAttribute, intsAttribute } from '../attributes.ts';
import { type Constant, countOf, isFloat, numbersOf } from '../constant.ts';
import { normalizeAxis } from '../movement.ts';
import type { Fold, Folds, Inputs } from './table.ts';

export const reductions: Folds = {
  ReduceSum: reduce(0, (sum, value) => sum + value),
  ReduceMean: reduce(
    0,
    (sum, value) => sum + value,
    (sum, count) => sum / count,
  ),
  ReduceProd: reduce(1, (product, value) => product * value),
  ReduceMax: reduce(Number.NEGATIVE_INFINITY, Math.max),
  ReduceMin: reduce(Number.POSITIVE_INFINITY, Math.min),
  ReduceL1: reduce(0, (sum, value) => sum + Math.abs(value)),
  ReduceL2: reduce(0, (sum, value) => sum + value * value, Math.sqrt),
  ReduceSumSquare: reduce(0, (sum, value) => sum + value * value),
  LpNormalization: normalize,
  Softmax: softmax,
};

/** Axes a reduction runs over, from the attribute or the second input by opset; undefined where they are not constant. */
export function reducedAxes(node: OnnxNode, inputs: Inputs, rank: number): readonly number[] | undefined {
  const listed = intsAttribute(node, 'axes') ?? (node.inputs[1] ? numbersOf(inputs[1]) : []);
  if (!listed) return undefined;
  const all = Array.from({ length: rank }, (_, axis) => axis);
  if (listed.length === 0) return intAttribute(node, 'noop_with_empty_axes', 0) === 1 ? [] : all;
  const axes = listed.map((axis) => normalizeAxis(axis, rank));
  return axes.every((axis) => axis !== null) ? axes : undefined;
}

function reduce(
  start: number,
  take: (sum: number, value: number) => number,
  finish: (sum: number, count: number) => number = (sum) => sum,
): Fold {
  return (node, inputs) => {
    const [a] = inputs;
    const axes = a && isFloat(a.dataType) && reducedAxes(node, inputs, a.dims.length);
    if (!axes) return undefined;
    const keeps = intAttribute(node, 'keepdims', 1) === 1;
    const reduced = (axis: number) => axes.includes(axis);
    const dims = a.dims.map((dim, axis) => (reduced(axis) ? 1 : dim));
    const count = countOf(dims);
    const values = derivedArray(count, [a.values], (memo) => {
      const sums = new Float64Array(count).fill(start);
      const array = readArray(a.values, memo);
      forEachTarget(a.dims, reduced, (place, target) => {
        sums[target] = take(sums[target]!, array[place]!);
      });
      return sums.map((sum) => finish(sum, array.length / count));
    });
    return { ...a, dims: keeps ? dims : dims.filter((_, axis) => !reduced(axis)), values };
  };
}

/** For each element, its place and that of the sum it goes into. */
function forEachTarget(
  dims: readonly number[],
  reduced: (axis: number) => boolean,
  visit: (place: number, target: number) => void,
): void {
  const strides = new Array<number>(dims.length).fill(0);
  let stride = 1;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    if (reduced(axis)) continue;
    strides[axis] = stride;
    stride *= dims[axis]!;
  }
  const total = countOf(dims);
  for (let place = 0; place < total; place++) {
    let [rest, target] = [place, 0];
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      target += (rest % dims[axis]!) * strides[axis]!;
      rest = Math.floor(rest / dims[axis]!);
    }
    visit(place, target);
  }
}

/** x / |x| along one axis, as weight normalization has it. */
function normalize(node: OnnxNode, [a]: Inputs): Constant | undefined {
  const axis = a && normalizeAxis(intAttribute(node, 'axis', -1), a.dims.length);
  const order = intAttribute(node, 'p', 2);
  if (!a || axis === null || axis === undefined || (order !== 1 && order !== 2) || !isFloat(a.dataType))
    return undefined;
  const inner = countOf(a.dims.slice(axis + 1));
  const size = a.dims[axis]!;
  const values = derivedArray(a.values.length, [a.values], (memo) => {
    const array = readArray(a.values, memo);
    const result = new Float64Array(array.length);
    for (let row = 0; row < array.length / size; row++) {
      const start = Math.floor(row / inner) * inner * size + (row % inner);
      const norm = lineNorm(array, start, size, inner, order);
      for (let k = 0; k < size; k++) result[start + k * inner] = norm === 0 ? 0 : array[start + k * inner]! / norm;
    }
    return result;
  });
  return { ...a, values };
}

function lineNorm(array: Values, start: number, size: number, step: number, order: number): number {
  let sum = 0;
  for (let k = 0; k < size; k++)
    sum += order === 1 ? Math.abs(array[start + k * step]!) : array[start + k * step]! ** 2;
  return order === 1 ? sum : Math.sqrt(sum);
}

/** exp(x) / sum of exp(x) over one axis; before opset 13 over all axes from it. */
function softmax(node: OnnxNode, [a]: Inputs, opset: number): Constant | undefined {
  const axis = a && normalizeAxis(intAttribute(node, 'axis', opset < 13 ? 1 : -1), a.dims.length);
  if (!a || axis === null || axis === undefined || !isFloat(a.dataType)) return undefined;
  const [size, inner] =
    opset < 13 ? [countOf(a.dims.slice(axis)), 1] : [a.dims[axis]!, countOf(a.dims.slice(axis + 1))];
  const values = derivedArray(a.values.length, [a.values], (memo) => {
    const array = readArray(a.values, memo);
    const result = new Float64Array(array.length);
    for (let row = 0; row < array.length / size; row++) {
      const start = Math.floor(row / inner) * inner * size + (row % inner);
      let [most, sum] = [Number.NEGATIVE_INFINITY, 0];
      for (let k = 0; k < size; k++) most = Math.max(most, array[start + k * inner]!);
      for (let k = 0; k < size; k++) sum += Math.exp(array[start + k * inner]! - most);
      for (let k = 0; k < size; k++) result[start + k * inner] = Math.exp(array[start + k * inner]! - most) / sum;
    }
    return result;
  });
  return { ...a, values };
}
