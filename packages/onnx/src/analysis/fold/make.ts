/** Constants made of nothing but attributes and sizes: Constant, ConstantOfShape, Range, EyeLike, Shape, Size; Identity and Cast. */
import { DataType } from '../../elements/data-type.ts';
import type { OnnxNode } from '../../proto/node.ts';
import { intAttribute } from '../attributes.ts';
import {
  type Constant,
  countOf,
  filledConstant,
  isFloat,
  listConstant,
  mapConstant,
  numbersOf,
  sparseConstant,
  tensorConstant,
} from '../constant.ts';
import { type Folds, type Inputs, LARGEST_FILL } from './table.ts';

export const makers: Folds = {
  Constant: foldConstant,
  ConstantOfShape: foldConstantOfShape,
  Cast: foldCast,
  EyeLike: foldEyeLike,
  Identity: (_, [a]) => a,
  Range: foldRange,
  Shape: (node, [a]) => a && listConstant(shapePart(node, a.dims), DataType.INT64),
  Size: (_, [a]) => a && listConstant([countOf(a.dims)], DataType.INT64, []),
};

/** Dims between the attributes `start` and `end` of a Shape. */
export function shapePart<T>(node: OnnxNode, dims: readonly T[]): readonly T[] {
  return dims.slice(intAttribute(node, 'start', 0), intAttribute(node, 'end', dims.length));
}

function foldConstant(node: OnnxNode): Constant | undefined {
  for (const name of node.attributeNames) {
    const { tensor, sparseTensor, int, float, ints, floats } = node.attribute(name)!;
    if (tensor) return tensorConstant(tensor);
    if (sparseTensor) return sparseConstant(sparseTensor);
    if (name === 'value_float') return listConstant([float!], DataType.FLOAT, []);
    if (name === 'value_floats') return listConstant(floats!, DataType.FLOAT);
    if (name === 'value_int') return listConstant([int!], DataType.INT64, []);
    if (name === 'value_ints') return listConstant(ints!, DataType.INT64);
  }
  return undefined;
}

function foldConstantOfShape(node: OnnxNode, [shape]: Inputs): Constant | undefined {
  const dims = numbersOf(shape);
  if (!dims || countOf(dims) > LARGEST_FILL || dims.some((dim) => dim < 0)) return undefined;
  const value = node.attribute('value')?.tensor;
  const constant = value && tensorConstant(value);
  const numbers = numbersOf(constant);
  if (value && numbers?.length !== 1) return undefined;
  return filledConstant(dims, numbers?.[0] ?? 0, constant?.dataType ?? DataType.FLOAT);
}

/** To the same type, to float32 and float64, which round as a conversion of numbers does, and to whole numbers and booleans. */
function foldCast(node: OnnxNode, [a]: Inputs): Constant | undefined {
  if (!a) return undefined;
  const to = intAttribute(node, 'to', 0);
  if (to === a.dataType) return a;
  if (to === DataType.DOUBLE) return { ...a, dataType: to };
  if (to === DataType.FLOAT) return mapConstant({ ...a, dataType: to }, Math.fround);
  if (to === DataType.INT64 || to === DataType.INT32) return mapConstant({ ...a, dataType: to }, Math.trunc);
  if (to === DataType.BOOL) return mapConstant({ ...a, dataType: to }, (value) => (value === 0 ? 0 : 1));
  return undefined;
}

function foldRange(_: OnnxNode, inputs: Inputs): Constant | undefined {
  const [start, limit, delta] = inputs.map((input) => numbersOf(input)?.[0]);
  if (start === undefined || limit === undefined || !delta) return undefined;
  if (![start, limit, delta].every(Number.isInteger)) return undefined; // whose sums and number rounding decides
  const count = Math.max(0, Math.ceil((limit - start) / delta));
  if (count > LARGEST_FILL) return undefined;
  return listConstant(
    Array.from({ length: count }, (__, index) => start + index * delta),
    inputs[0]!.dataType,
  );
}

function foldEyeLike(node: OnnxNode, [a]: Inputs): Constant | undefined {
  if (a?.dims.length !== 2) return undefined;
  const [rows, columns] = a.dims as [number, number];
  const offset = intAttribute(node, 'k', 0);
  const values = new Array<number>(rows * columns).fill(0);
  for (let row = 0; row < rows; row++) {
    const column = row + offset;
    if (column >= 0 && column < columns) values[row * columns + column] = 1;
  }
  const dataType = intAttribute(node, 'dtype', a.dataType);
  return isFloat(dataType) ? listConstant(values, dataType, a.dims) : undefined;
}
