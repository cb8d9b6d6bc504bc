/** Lifts Gemm, and MatMul by a constant matrix. */
import {
  convOf,
  derivedArray,
  identity,
  isRefusal,
  type LazyArray,
  type Operator,
  pointAxis,
  readArray,
  scale,
  swapChannels,
} from '@reparam/core';
import { floatAttribute, intAttribute } from '../analysis/attributes.ts';
import { type Constant, countOf } from '../analysis/constant.ts';
import type { Scope } from '../analysis/scope.ts';
import type { OnnxNode } from '../proto/node.ts';
import {
  floatConstant,
  floatShape,
  type Lift,
  type Lifted,
  type NamedAffine,
  oneTerm,
  product,
  termOn,
  unknownShape,
} from './context.ts';

export const liftGemm: Lift = (node, scope) => {
  const [input, matrix, added] = node.inputs;
  if (intAttribute(node, 'transA', 0) === 1 || scope.constant(input!)) return null;
  const weight = floatConstant(scope, matrix, 'matrix');
  if (isRefusal(weight)) return weight;
  const shape = floatShape(scope, input!);
  if (!shape) return unknownShape(input!, scope);
  const operator = matrixOperator(weight, intAttribute(node, 'transB', 0) === 1, floatAttribute(node, 'alpha', 1));
  if (!operator || shape.length !== 2 || shape[1] !== operator.inChannels) return null;
  const term = termOn(1, input!, operator);
  return added ? addTo(term, added, operator.outChannels, floatAttribute(node, 'beta', 1), node, scope) : [[term]];
};

/** The added matrix: a constant row is a bias, a value of the output's shape is another term. */
function addTo(term: NamedAffine, added: string, channels: number, beta: number, node: OnnxNode, scope: Scope): Lifted {
  if (!scope.constant(added) && !scope.overridable.has(added)) {
    const [shape, output] = [floatShape(scope, added), scope.shape(node.outputs[0]!)];
    if (shape?.length !== 2 || shape[1] !== channels || !output || shape[0] !== output[0]) return null;
    const operator = beta === 1 ? identity(channels) : scale(channels, beta);
    return [[{ ...term, terms: [...term.terms, { operator, input: added }] }]];
  }
  const constant = floatConstant(scope, added, 'added matrix');
  if (isRefusal(constant)) return constant;
  const count = countOf(constant.dims);
  if (constant.dims.length > 2 || (count !== 1 && (count !== channels || constant.dims.at(-1) !== channels)))
    return null;
  const bias = derivedArray(channels, [constant.values], (memo) => {
    const values = readArray(constant.values, memo);
    return Float64Array.from({ length: channels }, (_, c) => beta * values[count === 1 ? 0 : c]!);
  });
  return [[{ ...term, bias }]];
}

export const liftMatMul: Lift = (node, scope) => {
  const [left, right] = node.inputs as [string, string];
  if (scope.constant(left)) return liftLeft(left, right, scope);
  const weight = floatConstant(scope, right, 'matrix');
  if (isRefusal(weight)) {
    if (weight.reason !== 'not-constant') return weight;
    return floatShape(scope, left) && floatShape(scope, right) ? product(node.opType) : null;
  }
  const shape = floatShape(scope, left);
  if (!shape) return unknownShape(left, scope);
  const matrix = { ...weight, dims: weight.dims.slice(-2) };
  if (weight.dims.length > shape.length || countOf(weight.dims.slice(0, -2)) !== 1) return null;
  const operator = matrixOperator(matrix, false, 1);
  if (!operator || shape.length < 2 || shape.at(-1) !== operator.inChannels) return null;
  return oneTerm(left, new Map([[shape.length - 1, operator]]));
};

/** A constant matrix on the left mixes the second-to-last axis: at rank 3 that is axis 1, positions behind it. */
function liftLeft(left: string, right: string, scope: Scope): Lifted {
  const weight = floatConstant(scope, left, 'matrix');
  const shape = floatShape(scope, right);
  if (isRefusal(weight) || !shape || shape.length !== 3 || weight.dims.length !== 2 || shape[1] !== weight.dims[1])
    return null;
  const [outChannels, inChannels] = weight.dims as [number, number];
  const operator = convOf(weight.values, null, { outChannels, inChannels, groups: 1, axes: [pointAxis] });
  return oneTerm(right, new Map([[1, operator]]));
}

/** x * W as a dense operator: W is [in, out], or [out, in] where transposed. */
function matrixOperator(weight: Constant, transposed: boolean, alpha: number): Operator | null {
  if (weight.dims.length !== 2 || weight.values.length === 0) return null;
  const [rows, columns] = weight.dims as [number, number];
  const [inChannels, outChannels] = transposed ? [columns, rows] : [rows, columns];
  const values = arrange(weight.values, transposed, rows, columns, alpha);
  return convOf(values, null, { outChannels, inChannels, groups: 1, axes: [] });
}

function arrange(values: LazyArray, transposed: boolean, rows: number, columns: number, alpha: number): LazyArray {
  if (transposed && alpha === 1) return values;
  return derivedArray(values.length, [values], (memo) => {
    const read = readArray(values, memo);
    const turned = transposed ? read : swapChannels(read, 1, rows, columns, 1);
    return alpha === 1 ? turned : Float64Array.from(turned, (value) => alpha * value);
  });
}
