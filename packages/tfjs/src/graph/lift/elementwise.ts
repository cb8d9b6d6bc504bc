/** Lifts Add, Sub, Mul, RealDiv, Neg and AddN: with per-channel or scalar constants, and between values of one shape. */
import {
  derivedArray,
  dropZero,
  identity,
  isReady,
  type LazyArray,
  type Operator,
  readArray,
  refuse,
  sameShape,
  scale,
} from '@reparam/core';
import { type Lifted, oneTerm } from '../../convert/lifted.ts';
import type { NodeDef } from '../node-def.ts';
import type { Constant, GraphScope } from '../scope.ts';
import { floatConstant, type NodeLift, valueShape } from './node-lift.ts';

/** The operator on the value where the other input is a constant. `place` is the value's. */
type WithConstant = (channels: number, place: number, values: LazyArray) => Operator | null;

function pair(withConstant: WithConstant, signs: readonly number[] | null): NodeLift {
  return (node, scope) => {
    const place = node.inputs.findIndex((name) => !scope.constant(name));
    const other = floatConstant(scope, node.inputs[1 - place]);
    if (place < 0 || node.inputs.length !== 2) return null;
    if (other) return constantLift(node, place, other, scope, withConstant);
    return signs && sumOf(node, scope, signs);
  };
}

export const liftAdd: NodeLift = pair((channels, _, values) => shifted(channels, 1, values), [1, 1]);
export const liftSub: NodeLift = pair(
  (channels, place, values) =>
    place === 0 ? shifted(channels, 1, mapped(values, negate)) : shifted(channels, -1, values),
  [1, -1],
);
export const liftMul: NodeLift = pair((channels, _, values) => scaled(channels, values), null);
export const liftDiv: NodeLift = pair(
  (channels, place, values) =>
    place === 0
      ? scaled(
          channels,
          mapped(values, (value) => 1 / value),
        )
      : null,
  null,
);

export const liftNeg: NodeLift = (node, scope) => {
  const found = valueShape(scope, node.inputs[0]);
  return found && [oneTerm(node.inputs[0]!, scale(found.channels, -1))];
};

export const liftAddN: NodeLift = (node, scope) =>
  sumOf(
    node,
    scope,
    node.inputs.map(() => 1),
  );

const negate = (value: number) => -value;

function shifted(channels: number, factor: number, shift: LazyArray): Operator {
  return { ...scale(channels, factor), bias: dropZero(shift) };
}

/** null where a factor is infinite, as after division by zero. */
function scaled(channels: number, factors: LazyArray): Operator | null {
  if (isReady(factors) && !readArray(factors).every(Number.isFinite)) return null;
  return { ...identity(channels), weight: factors };
}

function mapped(values: LazyArray, operate: (value: number) => number): LazyArray {
  return derivedArray(values.length, [values], (memo) => Float64Array.from(readArray(values, memo), operate));
}

function constantLift(
  node: NodeDef,
  place: number,
  constant: Constant,
  scope: GraphScope,
  withConstant: WithConstant,
): Lifted {
  const input = node.inputs[place]!;
  const found = valueShape(scope, input);
  if (!found) return null;
  const values = perChannel(constant, found.channels, found.shape.length);
  if (!values) {
    return refuse(
      'broadcast',
      `the constant of ${node.op} "${node.name}" has the shape [${constant.dims.join(', ')}], no value per channel`,
      'only scalars and one value for each of the last axis merge',
    );
  }
  const operator = withConstant(found.channels, place, values);
  return operator && [oneTerm(input, operator)];
}

/** One value for each of the last axis, or a scalar. Nothing that enlarges the value. */
function perChannel({ dims, values }: Constant, channels: number, rank: number): LazyArray | null {
  if (dims.length > rank || dims.slice(0, -1).some((size) => size !== 1)) return null;
  const last = dims.at(-1) ?? 1;
  if (last === channels) return values;
  if (last !== 1) return null;
  return derivedArray(channels, [values], (memo) => new Float64Array(channels).fill(readArray(values, memo)[0]!));
}

function sumOf(node: NodeDef, scope: GraphScope, signs: readonly number[]): Lifted {
  const found = node.inputs.map((name) => valueShape(scope, name));
  const [first] = found;
  if (!first || found.some((value) => value === null)) return null;
  if (!found.every((value) => sameShape(value!.shape, first.shape))) {
    return refuse(
      'broadcast',
      `the inputs of ${node.op} "${node.name}" have, or for some input may have, different shapes: that is broadcasting`,
      'declare the input size where the shapes are equal (inputShape; CLI: --shape)',
    );
  }
  const { channels } = first;
  const terms = node.inputs.map((input, place) => {
    const operator = signs[place] === 1 ? identity(channels) : scale(channels, signs[place]!);
    return { operator, input };
  });
  return [{ terms, bias: null }];
}
