/** Lifts Add, Sub, Mul, Div, Neg, Sum and Mean: with per-channel or scalar constants, and between values of one shape. */
import {
  derivedArray,
  dropZero,
  identity,
  isReady,
  isRefusal,
  type LazyArray,
  type Operator,
  type Refusal,
  readArray,
  refuse,
  sameShape,
  scale,
} from '@reparam/core';
import { intAttribute } from '../analysis/attributes.ts';
import { type Constant, isFloat } from '../analysis/constant.ts';
import type { Scope } from '../analysis/scope.ts';
import type { Shape } from '../analysis/shape-rules.ts';
import type { OnnxNode } from '../proto/node.ts';
import {
  channelAxes,
  type Definitions,
  floatConstant,
  floatShape,
  type Lift,
  type Lifted,
  noChannels,
  oneTerm,
  product,
  unknownShape,
} from './context.ts';

export const liftAdd: Lift = (node, scope) => liftPair(node, scope, (c, _, values) => shiftBy(c, 1, values), [1, 1]);
export const liftSub: Lift = (node, scope) =>
  liftPair(
    node,
    scope,
    (c, place, values) => (place === 0 ? shiftBy(c, 1, negated(values)) : shiftBy(c, -1, values)),
    [1, -1],
  );
export const liftMul: Lift = (node, scope) => liftPair(node, scope, (c, _, values) => scaleBy(c, values), null);
export const liftDiv: Lift = (node, scope) => {
  if (scope.constant(node.inputs[0]!)) return isFloat(scope.elementType(node.inputs[1]!)) ? product(node.opType) : null;
  const inverse = (values: LazyArray) => mapped(values, (value) => 1 / value);
  return liftPair(node, scope, (c, _, values) => scaleBy(c, inverse(values)), null);
};

export const liftNeg: Lift = (node, scope) => {
  const shape = floatShape(scope, node.inputs[0]!);
  if (!shape) return unknownShape(node.inputs[0]!, scope);
  const axes = channelAxes(shape);
  if (axes.length === 0) return noChannels(node.inputs[0]!, shape);
  return oneTerm(node.inputs[0]!, new Map(axes.map((axis) => [axis, scale(shape[axis] as number, -1)])));
};

export const liftSum: Lift = (node, scope) =>
  sumOf(
    node,
    scope,
    node.inputs.map(() => 1),
  );
export const liftMean: Lift = (node, scope) =>
  sumOf(
    node,
    scope,
    node.inputs.map(() => 1 / node.inputs.length),
  );

/** The operator on the value where the other input is a constant, given per channel. `place` is the value's. */
type WithConstant = (channels: number, place: 0 | 1, values: LazyArray) => Operator | null;

function liftPair(
  node: OnnxNode,
  scope: Scope,
  withConstant: WithConstant,
  signs: readonly [number, number] | null,
): Lifted {
  const [left, right] = node.inputs as [string, string];
  for (const [place, name, other] of [
    [0, left, right],
    [1, right, left],
  ] as const) {
    if (scope.constant(other))
      return withConstantInput(node, scope, name, other, (c, values) => withConstant(c, place, values));
    if (scope.overridable.has(other)) return floatConstant(scope, other, 'operand') as Refusal;
  }
  if (signs) return sumOf(node, scope, signs);
  return isFloat(scope.elementType(left)) && isFloat(scope.elementType(right)) ? product(node.opType) : null;
}

function shiftBy(channels: number, factor: number, shift: LazyArray): Operator {
  return { ...scale(channels, factor), bias: dropZero(shift) };
}

/** null where a factor is infinite, as after division by zero. */
function scaleBy(channels: number, factors: LazyArray): Operator | null {
  if (isReady(factors) && !readArray(factors).every(Number.isFinite)) return null;
  return { ...identity(channels), weight: factors };
}

function mapped(values: LazyArray, operate: (value: number) => number): LazyArray {
  return derivedArray(values.length, [values], (memo) => Float64Array.from(readArray(values, memo), operate));
}

function negated(values: LazyArray): LazyArray {
  return mapped(values, (value) => -value);
}

function withConstantInput(
  node: OnnxNode,
  scope: Scope,
  input: string,
  other: string,
  build: (channels: number, values: LazyArray) => Operator | null,
): Lifted {
  const constant = floatConstant(scope, other, 'operand');
  if (isRefusal(constant) || scope.constant(input)) return null; // arithmetic on whole numbers, or folded
  const shape = floatShape(scope, input);
  if (!shape) return unknownShape(input, scope);
  const aligned = alignDims(constant, shape, node, scope);
  const operators = new Map<number, Operator>();
  let isPerChannel = false;
  for (const axis of aligned ? channelAxes(shape) : []) {
    const values = perChannel(constant, aligned!, axis, shape[axis] as number);
    isPerChannel ||= values !== null;
    const operator = values && build(shape[axis] as number, values);
    if (operator) operators.set(axis, operator);
  }
  if (operators.size > 0) return oneTerm(input, operators);
  if (channelAxes(shape).length === 0) return noChannels(input, shape);
  const found = `the constant "${other}" of shape [${constant.dims.join(', ')}]`;
  if (!aligned)
    return refuse(
      'broadcast',
      `${found} enlarges "${input}"`,
      'only a constant with the rank of the value or less merges',
    );
  if (!isPerChannel)
    return refuse(
      'broadcast',
      `${found} varies over more than the channels`,
      'only a scalar, or one number per channel as [C, 1, 1], merges',
    );
  return refuse('not-a-number', `${found} gives a factor that is not finite`, 'check it for zeros and infinities');
}

/** The constant's dims on the value's axes; null where broadcasting enlarges the value. */
function alignDims(constant: Constant, shape: Shape, node: OnnxNode, scope: Scope): readonly number[] | null {
  const rank = shape.length;
  const { dims } = constant;
  if (dims.length > rank) return null;
  let start = rank - dims.length;
  if (scope.opset < 7 && intAttribute(node, 'broadcast', 0) === 1) {
    const axis = intAttribute(node, 'axis', start);
    start = axis < 0 ? axis + rank : axis;
    if (start + dims.length > rank) return null;
  }
  const aligned = Array.from({ length: rank }, (_, axis) => dims[axis - start] ?? 1);
  return aligned.every((dim, axis) => dim === 1 || dim === shape[axis]) ? aligned : null;
}

/** One value per channel of `axis`, from a constant that varies along that axis alone. */
function perChannel(constant: Constant, aligned: readonly number[], axis: number, channels: number): LazyArray | null {
  if (aligned.some((dim, index) => dim !== 1 && index !== axis)) return null;
  const { values } = constant;
  if (values.length === channels) return values;
  return derivedArray(channels, [values], (memo) => new Float64Array(channels).fill(readArray(values, memo)[0]!));
}

/** A sum of values of one shape, each with a factor. */
function sumOf(node: OnnxNode, scope: Scope, factors: readonly number[]): Lifted {
  if (node.inputs.some((name) => scope.constant(name))) return null;
  const shapes: Shape[] = [];
  for (const name of node.inputs) {
    const shape = floatShape(scope, name);
    if (!shape) return unknownShape(name, scope);
    shapes.push(shape);
  }
  const [first] = shapes;
  if (!first) return null;
  if (!shapes.every((shape) => sameShape(shape, first))) {
    return refuse(
      'broadcast',
      'its inputs have, or for some input may have, different shapes: that is broadcasting, not addition',
      'declare the input shapes, where the sizes are equal',
    );
  }
  const definitions: Definitions = channelAxes(first).map((axis) => ({
    axis,
    terms: node.inputs.map((input, place) => ({ operator: factorOf(first[axis] as number, factors[place]!), input })),
    bias: null,
  }));
  return definitions.length > 0 ? [definitions] : noChannels(node.inputs[0]!, first);
}

function factorOf(channels: number, factor: number): Operator {
  return factor === 1 ? identity(channels) : scale(channels, factor);
}
