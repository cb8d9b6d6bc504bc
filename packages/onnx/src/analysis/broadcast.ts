/** Multi-axis indexing of constants: broadcasting, and gathering by position. */
import { derivedArray, readArray } from '@reparam/core';
import { type Constant, countOf } from './constant.ts';

/** The dims two tensors broadcast to; undefined where they do not. */
export function broadcastDims(a: readonly number[], b: readonly number[]): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const dims: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const x = a[axis - rank + a.length] ?? 1;
    const y = b[axis - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) return undefined;
    dims.push(x === 1 ? y : x);
  }
  return dims;
}

/** Row-major strides, zero on axes that are broadcast, for indexing by positions in `rank` axes. */
function stridesOf(dims: readonly number[], rank: number): number[] {
  const strides = new Array<number>(rank).fill(0);
  let stride = 1;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    if (dims[axis] !== 1) strides[axis + rank - dims.length] = stride;
    stride *= dims[axis]!;
  }
  return strides;
}

export function elementwise(a: Constant, b: Constant, operate: (a: number, b: number) => number): Constant | undefined {
  const dims = broadcastDims(a.dims, b.dims);
  if (!dims) return undefined;
  const count = countOf(dims);
  const values = derivedArray(count, [a.values, b.values], (memo) => {
    const [x, y] = [readArray(a.values, memo), readArray(b.values, memo)];
    const [strideX, strideY] = [stridesOf(a.dims, dims.length), stridesOf(b.dims, dims.length)];
    const result = new Float64Array(count);
    forEachPosition(dims, (index, place) => {
      let [i, j] = [0, 0];
      for (let axis = 0; axis < index.length; axis++) {
        i += index[axis]! * strideX[axis]!;
        j += index[axis]! * strideY[axis]!;
      }
      result[place] = operate(x[i]!, y[j]!);
    });
    return result;
  });
  return { dims, dataType: a.dataType, values };
}

/** A tensor of other dims whose elements come from the positions that `locate` fills in; `fill` where it returns false. */
export function gatherTo(
  source: Constant,
  dims: readonly number[],
  locate: (index: readonly number[], from: number[]) => boolean,
  fill = 0,
): Constant {
  const count = countOf(dims);
  const values = derivedArray(count, [source.values], (memo) => {
    const input = readArray(source.values, memo);
    const strides = stridesOf(source.dims, source.dims.length);
    const result = new Float64Array(count).fill(fill);
    const from = new Array<number>(source.dims.length).fill(0);
    forEachPosition(dims, (index, place) => {
      if (!locate(index, from)) return;
      let i = 0;
      for (let axis = 0; axis < from.length; axis++) i += from[axis]! * strides[axis]!;
      result[place] = input[i]!;
    });
    return result;
  });
  return { dims, dataType: source.dataType, values };
}

function forEachPosition(dims: readonly number[], visit: (index: readonly number[], place: number) => void): void {
  const index = new Array<number>(dims.length).fill(0);
  const count = countOf(dims);
  for (let place = 0; place < count; place++) {
    visit(index, place);
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      if (index[axis]! < dims[axis]!) break;
      index[axis] = 0;
    }
  }
}
