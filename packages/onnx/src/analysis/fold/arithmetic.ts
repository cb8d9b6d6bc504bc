/** Element by element: arithmetic, comparisons, and functions of one number. In float64; whole numbers stay whole. */
import { DataType } from '../../elements/data-type.ts';
import type { OnnxNode } from '../../proto/node.ts';
import { floatAttribute, intAttribute } from '../attributes.ts';
import { elementwise } from '../broadcast.ts';
import { type Constant, isFloat, mapConstant, numbersOf } from '../constant.ts';
import { allOf, type Fold, type Folds, type Inputs, wholeIf } from './table.ts';

type Operate = (a: number, b: number) => number;

export const arithmetic: Folds = {
  Add: pairwise((a, b) => a + b),
  Sub: pairwise((a, b) => a - b),
  Mul: pairwise((a, b) => a * b),
  Div: pairwise((a, b) => a / b),
  Pow: pairwise((a, b) => a ** b),
  Mod: (node, inputs, opset) => (intAttribute(node, 'fmod', 0) === 1 ? remainder : modulo)(node, inputs, opset),
  Min: folded(Math.min),
  Max: folded(Math.max),
  Sum: folded((a, b) => a + b),
  Mean: foldMean,
  Equal: compared((a, b) => a === b),
  Less: compared((a, b) => a < b),
  LessOrEqual: compared((a, b) => a <= b),
  Greater: compared((a, b) => a > b),
  GreaterOrEqual: compared((a, b) => a >= b),
  And: compared((a, b) => a !== 0 && b !== 0),
  Or: compared((a, b) => a !== 0 || b !== 0),
  Not: (_, [a]) => a && mapConstant(a, (value) => (value === 0 ? 1 : 0)),
  Where: foldWhere,
  Abs: each(Math.abs, true),
  Ceil: each(Math.ceil),
  Clip: foldClip,
  Cos: each(Math.cos),
  Exp: each(Math.exp),
  Floor: each(Math.floor),
  Dropout: (node, [a]) => (node.outputs.length === 1 && node.inputs.length === 1 ? a : undefined),
  Log: each(Math.log),
  Neg: each((a) => 0 - a, true),
  Reciprocal: each((a) => 1 / a),
  Relu: each((a) => Math.max(a, 0)),
  LeakyRelu: (node, [a]) => {
    const slope = floatAttribute(node, 'alpha', 0.01);
    return a && isFloat(a.dataType) ? mapConstant(a, (value) => (value < 0 ? slope * value : value)) : undefined;
  },
  Sigmoid: each((a) => 1 / (1 + Math.exp(-a))),
  Sign: each(Math.sign, true),
  Sin: each(Math.sin),
  Softplus: each((a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a)))),
  Sqrt: each(Math.sqrt),
  Tanh: each(Math.tanh),
};

const modulo = pairwise((a, b) => a - b * Math.floor(a / b));
const remainder = pairwise((a, b) => a % b);

/** Before opset 7 the second operand may be aligned by an attribute: left alone. */
function pairwise(operate: Operate): Fold {
  return (node, [a, b]) => {
    if (!a || !b || a.dataType !== b.dataType || node.attribute('axis')) return undefined;
    return elementwise(a, b, wholeIf(a.dataType, operate));
  };
}

function compared(holds: (a: number, b: number) => boolean): Fold {
  return (node, [a, b]) => {
    const result = a && b && !node.attribute('axis') && elementwise(a, b, (x, y) => (holds(x, y) ? 1 : 0));
    return result ? { ...result, dataType: DataType.BOOL } : undefined;
  };
}

function folded(operate: Operate): Fold {
  return (_, inputs) => foldPairs(inputs, operate);
}

function foldPairs(inputs: Inputs, operate: Operate): Constant | undefined {
  const [first, ...others] = allOf(inputs) ?? [];
  if (!first || others.some((other) => other.dataType !== first.dataType)) return undefined;
  return others.reduce<Constant | undefined>((sum, other) => sum && elementwise(sum, other, operate), first);
}

function foldMean(_: OnnxNode, inputs: Inputs): Constant | undefined {
  const sum = foldPairs(inputs, (a, b) => a + b);
  return sum && mapConstant(sum, (value) => value / inputs.length);
}

function each(operate: (value: number) => number, alsoWhole = false): Fold {
  return (_, [a]) => (a && (alsoWhole || isFloat(a.dataType)) ? mapConstant(a, operate) : undefined);
}

function foldClip(node: OnnxNode, inputs: Inputs): Constant | undefined {
  const [a] = inputs;
  if (!a || (node.inputs[1] && !inputs[1]) || (node.inputs[2] && !inputs[2])) return undefined;
  const least = numbersOf(inputs[1])?.[0] ?? floatAttribute(node, 'min', Number.NEGATIVE_INFINITY);
  const most = numbersOf(inputs[2])?.[0] ?? floatAttribute(node, 'max', Number.POSITIVE_INFINITY);
  return mapConstant(a, (value) => Math.min(Math.max(value, least), most));
}

function foldWhere(_: OnnxNode, [condition, a, b]: Inputs): Constant | undefined {
  if (!condition || !a || !b || a.dataType !== b.dataType) return undefined;
  const chosen = elementwise(condition, a, (holds, value) => (holds ? value : 0));
  const other = elementwise(condition, b, (holds, value) => (holds ? 0 : value));
  const sum = chosen && other && elementwise(chosen, other, (x, y) => x + y);
  return sum ? { ...sum, dataType: a.dataType } : undefined;
}
