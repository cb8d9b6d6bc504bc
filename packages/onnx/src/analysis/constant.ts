/** Constant tensors of a graph, whose values are read only when needed. */
import {
  arrayOf,
  constantArray,
  derivedArray,
  isReady,
  type LazyArray,
  readArray,
  sourceArray,
  type WeightSource,
} from '@reparam/core';
import { DataType } from '../elements/data-type.ts';
import type { OnnxSparseTensor } from '../proto/sparse-tensor.ts';
import type { OnnxTensor } from '../proto/tensor.ts';

export interface Constant {
  readonly dims: readonly number[];
  /** One of `DataType`. */
  readonly dataType: number;
  /** Row-major. */
  readonly values: LazyArray;
  /** Of computed floats, what a runtime holds, null where that is not certain; otherwise these values. See `fold/held.ts`. */
  readonly held?: Constant | null;
}

const NUMERIC: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 16]);
const FLOATS: ReadonlySet<number> = new Set([DataType.FLOAT, DataType.DOUBLE, DataType.FLOAT16, DataType.BFLOAT16]);

export function isFloat(dataType: number): boolean {
  return FLOATS.has(dataType);
}

/** A tensor of the file; undefined for types that are no plain numbers. */
export function tensorConstant(tensor: OnnxTensor): Constant | undefined {
  if (!NUMERIC.has(tensor.dataType)) return undefined;
  return { dims: tensor.dims, dataType: tensor.dataType, values: sourceArray(tensorSource(tensor), tensor.count) };
}

function tensorSource(tensor: OnnxTensor): WeightSource {
  return {
    get loaded() {
      return tensor.loaded;
    },
    load: () => tensor.load(),
    release: () => tensor.release(),
    read: () => tensor.values(),
  };
}

/** A sparse tensor made dense. */
export function sparseConstant(sparse: OnnxSparseTensor): Constant | undefined {
  const values = tensorConstant(sparse.values);
  const indices = tensorConstant(sparse.indices);
  if (!values || !indices) return undefined;
  const { dims } = sparse;
  const count = countOf(dims);
  const dense = derivedArray(count, [values.values, indices.values], (memo) => {
    const result = new Float64Array(count);
    const places = readArray(indices.values, memo);
    const rank = indices.dims.length === 2 ? dims.length : 1;
    readArray(values.values, memo).forEach((value, entry) => {
      let place = 0;
      for (let axis = 0; axis < rank; axis++)
        place = place * (rank === 1 ? 1 : dims[axis]!) + places[entry * rank + axis]!;
      if (place < count) result[place] = value;
    });
    return result;
  });
  return { dims, dataType: values.dataType, values: dense };
}

export function listConstant(
  values: readonly number[],
  dataType: number,
  dims: readonly number[] = [values.length],
): Constant {
  return { dims, dataType, values: arrayOf(Float64Array.from(values)) };
}

export function filledConstant(dims: readonly number[], value: number, dataType: number): Constant {
  return { dims, dataType, values: constantArray(countOf(dims), value) };
}

/** Each value mapped. */
export function mapConstant(constant: Constant, operate: (value: number) => number): Constant {
  const { values } = constant;
  const mapped = derivedArray(values.length, [values], (memo) => Float64Array.from(readArray(values, memo), operate));
  return { ...constant, values: mapped };
}

export function countOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** The values as numbers where they are at hand, as shapes, axes and pads are. */
export function numbersOf(constant: Constant | undefined): readonly number[] | undefined {
  return constant && isReady(constant.values) ? Array.from(readArray(constant.values)) : undefined;
}
