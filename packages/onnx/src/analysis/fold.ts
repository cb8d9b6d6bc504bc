/** Evaluation of operators on constants: how weights that are computed in the graph are known. In float64; integers stay whole. */
import { derivedArray, type LazyArray, readArray, sameShape } from '@reparam/core';
import { DataType } from '../elements/data-type.ts';
import type { OnnxNode } from '../proto/node.ts';
import { floatAttribute, intAttribute, intsAttribute, stringAttribute } from './attributes.ts';
import { broadcastDims, elementwise, gatherTo } from './broadcast.ts';
import {
  type Constant,
  countOf,
  filledConstant,
  isFloat,
  listConstant,
  numbersOf,
  sparseConstant,
  tensorConstant,
} from './constant.ts';
import { normalizeAxis, padPlan, reshapeDims, slicePlan } from './movement.ts';

type Fold = (node: OnnxNode, inputs: readonly (Constant | undefined)[], opset: number) => Constant | undefined;

/** The node's first output, where it can be told from constant inputs. */
export function foldNode(
  node: OnnxNode,
  inputs: readonly (Constant | undefined)[],
  opset: number,
): Constant | undefined {
  return folds[node.opType]?.(node, inputs, opset);
}

const arithmetic =
  (operate: (a: number, b: number) => number): Fold =>
  (node, [a, b]) => {
    if (!a || !b || a.dataType !== b.dataType || node.attribute('axis')) return undefined;
    const whole = !isFloat(a.dataType);
    return elementwise(a, b, whole ? (x, y) => Math.trunc(operate(x, y)) : operate);
  };

const unary =
  (operate: (value: number) => number): Fold =>
  (_, [a]) =>
    a && isFloat(a.dataType) ? { ...a, values: mapArray(a.values, operate) } : undefined;

const folds: Readonly<Record<string, Fold>> = {
  Constant: foldConstant,
  ConstantOfShape: foldConstantOfShape,
  Identity: (_, [a]) => a,
  Cast: foldCast,
  Shape: (_, [a]) => a && listConstant(a.dims, DataType.INT64),
  Add: arithmetic((a, b) => a + b),
  Sub: arithmetic((a, b) => a - b),
  Mul: arithmetic((a, b) => a * b),
  Div: arithmetic((a, b) => a / b),
  Neg: unary((a) => -a),
  Sqrt: unary(Math.sqrt),
  Reciprocal: unary((a) => 1 / a),
  Exp: unary(Math.exp),
  Abs: unary(Math.abs),
  Pad: foldPad,
  Concat: foldConcat,
  Reshape: (node, [a, shape], opset) =>
    a && withDims(a, reshapeDims(a.dims, opset < 5 ? intsAttribute(node, 'shape') : numbersOf(shape))),
  Flatten: (node, [a]) => a && withDims(a, flattenDims(a.dims, intAttribute(node, 'axis', 1))),
  Squeeze: (node, [a, axes]) => a && withDims(a, squeezeDims(a.dims, intsAttribute(node, 'axes') ?? numbersOf(axes))),
  Unsqueeze: (node, [a, axes]) =>
    a && withDims(a, unsqueezeDims(a.dims, intsAttribute(node, 'axes') ?? numbersOf(axes))),
  Transpose: foldTranspose,
  Expand: (_, [a, shape]) => a && expandTo(a, numbersOf(shape)),
  Slice: foldSlice,
  MatMul: (_, [a, b]) => a && b && foldMatMul(a, b),
};

function mapArray(values: LazyArray, operate: (value: number) => number): LazyArray {
  return derivedArray(values.length, [values], (memo) => Float64Array.from(readArray(values, memo), operate));
}

function withDims(constant: Constant, dims: readonly number[] | undefined): Constant | undefined {
  return dims && countOf(dims) === constant.values.length ? { ...constant, dims } : undefined;
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

/** Larger filled tensors are left to the runtime. */
const LARGEST_FILL = 2 ** 26;

function foldConstantOfShape(node: OnnxNode, [shape]: readonly (Constant | undefined)[]): Constant | undefined {
  const dims = numbersOf(shape);
  if (!dims || countOf(dims) > LARGEST_FILL || dims.some((dim) => dim < 0)) return undefined;
  const value = node.attribute('value')?.tensor;
  const constant = value && tensorConstant(value);
  const numbers = numbersOf(constant);
  if (value && numbers?.length !== 1) return undefined;
  return filledConstant(dims, numbers?.[0] ?? 0, constant?.dataType ?? DataType.FLOAT);
}

/** Casts to the same type, and to float32 and float64, which round as a conversion of numbers does. */
function foldCast(node: OnnxNode, [a]: readonly (Constant | undefined)[]): Constant | undefined {
  if (!a) return undefined;
  const to = intAttribute(node, 'to', 0);
  if (to === a.dataType) return a;
  if (to === DataType.DOUBLE) return { ...a, dataType: to };
  return to === DataType.FLOAT ? { ...a, dataType: to, values: mapArray(a.values, Math.fround) } : undefined;
}

function foldPad(node: OnnxNode, inputs: readonly (Constant | undefined)[], opset: number): Constant | undefined {
  const [a] = inputs;
  if (!a || stringAttribute(node, 'mode', 'constant') !== 'constant') return undefined;
  const plan = padPlan(node, inputs, a.dims.length, opset);
  if (!plan || (opset < 11 && floatAttribute(node, 'value', 0) !== 0) || plan.value !== 0) return undefined;
  const dims = a.dims.map((dim, axis) => dim + plan.begin[axis]! + plan.end[axis]!);
  if (dims.some((dim) => dim < 0) || countOf(dims) > LARGEST_FILL) return undefined;
  return gatherTo(a, dims, (index, from) =>
    index.every((position, axis) => {
      from[axis] = position - plan.begin[axis]!;
      return from[axis]! >= 0 && from[axis]! < a.dims[axis]!;
    }),
  );
}

function foldSlice(node: OnnxNode, inputs: readonly (Constant | undefined)[], opset: number): Constant | undefined {
  const [a] = inputs;
  const plan = a && slicePlan(node, inputs, a.dims, opset);
  if (!plan) return undefined;
  const dims = a.dims.map((dim, axis) => plan.get(axis)?.count ?? dim);
  return gatherTo(a, dims, (index, from) => {
    index.forEach((position, axis) => {
      const slice = plan.get(axis);
      from[axis] = slice ? slice.start + slice.step * position : position;
    });
    return true;
  });
}

function foldConcat(node: OnnxNode, inputs: readonly (Constant | undefined)[]): Constant | undefined {
  const parts = inputs.filter((input) => input !== undefined);
  const first = parts[0];
  if (!first || parts.length < inputs.length || parts.some((part) => part.dataType !== first.dataType))
    return undefined;
  const axis = normalizeAxis(intAttribute(node, 'axis', 1), first.dims.length);
  const others = (dims: readonly number[]) => dims.filter((_, index) => index !== axis);
  if (axis === null || parts.some((part) => !sameShape(others(part.dims), others(first.dims)))) return undefined;
  const dims = [...first.dims];
  dims[axis] = parts.reduce((sum, part) => sum + part.dims[axis]!, 0);
  const outer = countOf(dims.slice(0, axis));
  const values = derivedArray(
    countOf(dims),
    parts.map((part) => part.values),
    (memo) => {
      const result = new Float64Array(countOf(dims));
      const row = countOf(dims.slice(axis));
      let start = 0;
      for (const part of parts) {
        const array = readArray(part.values, memo);
        const width = array.length / outer;
        for (let o = 0; o < outer; o++) result.set(array.subarray(o * width, (o + 1) * width), o * row + start);
        start += width;
      }
      return result;
    },
  );
  return { dims, dataType: first.dataType, values };
}

function foldTranspose(node: OnnxNode, [a]: readonly (Constant | undefined)[]): Constant | undefined {
  if (!a) return undefined;
  const order = intsAttribute(node, 'perm') ?? a.dims.map((_, axis) => a.dims.length - 1 - axis);
  if (order.length !== a.dims.length || new Set(order).size !== order.length || order.some((axis) => !(axis in a.dims)))
    return undefined;
  return gatherTo(
    a,
    order.map((axis) => a.dims[axis]!),
    (index, from) => {
      order.forEach((axis, position) => {
        from[axis] = index[position]!;
      });
      return true;
    },
  );
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

function foldMatMul(a: Constant, b: Constant): Constant | undefined {
  if (a.dims.length !== 2 || b.dims.length !== 2 || a.dims[1] !== b.dims[0] || !isFloat(a.dataType)) return undefined;
  const [rows, inner] = a.dims as [number, number];
  const columns = b.dims[1]!;
  const values = derivedArray(rows * columns, [a.values, b.values], (memo) => {
    const [x, y] = [readArray(a.values, memo), readArray(b.values, memo)];
    const result = new Float64Array(rows * columns);
    for (let row = 0; row < rows; row++) {
      for (let k = 0; k < inner; k++) {
        const factor = x[row * inner + k]!;
        for (let column = 0; column < columns; column++)
          result[row * columns + column]! += factor * y[k * columns + column]!;
      }
    }
    return result;
  });
  return { dims: [rows, columns], dataType: a.dataType, values };
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
