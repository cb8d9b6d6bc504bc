/** Lifts operators that only move data: Pad with zeros, Slice, Split, Gather and Concat. */
import {
  type Axis,
  embed,
  gather,
  identity,
  type Operator,
  pointAxis,
  refuse,
  type Size,
  sameSize,
  select,
} from '@reparam/core';
import { intAttribute, stringAttribute } from '../analysis/attributes.ts';
import { numbersOf } from '../analysis/constant.ts';
import { planSlice, splitSizes } from '../analysis/moved-shapes.ts';
import { normalizeAxis, padPlan } from '../analysis/movement.ts';
import { channelAxes, type Definitions, floatShape, type Lift, oneTerm, termOn, unknownShape } from './context.ts';

const liftPad: Lift = (node, scope) => {
  const input = node.inputs[0]!;
  const shape = floatShape(scope, input);
  if (!shape) return unknownShape(input, scope);
  const plan = padPlan(
    node,
    node.inputs.map((name) => scope.constant(name)),
    shape.length,
    scope.opset,
  );
  if (!plan) return refuse('not-constant', 'its pads are computed from the input', 'export with a fixed input size');
  const mode = stringAttribute(node, 'mode', 'constant');
  if (mode !== 'constant' || plan.value !== 0) {
    const found = mode === 'constant' ? `value ${plan.value ?? 'from the input'}` : `mode "${mode}"`;
    return refuse(
      'padding-value',
      `it pads with ${found}, expected zeros`,
      'only zero padding merges into a convolution',
    );
  }
  const channels = shape[1];
  const spatial = shape.length - 2;
  const touches = (axis: number) => plan.begin[axis] !== 0 || plan.end[axis] !== 0;
  if (typeof channels !== 'number' || spatial < 1 || spatial > 3 || touches(0)) return null;
  const operator = padChannels(channels, plan.begin[1]!, plan.end[1]!);
  const axes = shape
    .slice(2)
    .map((_, index) => ({ ...pointAxis, padBegin: plan.begin[index + 2]!, padEnd: plan.end[index + 2]! }));
  return operator && oneTerm(input, new Map([[1, { ...operator, axes }]]));
};

/** Zero channels around the input's. */
function padChannels(channels: number, begin: number, end: number): Operator | null {
  if (begin === 0 && end === 0) return identity(channels);
  return begin >= 0 && end >= 0 ? embed(channels + begin + end, begin, channels) : null;
}

const liftSlice: Lift = (node, scope) => {
  const input = node.inputs[0]!;
  const shape = floatShape(scope, input);
  if (!shape) return unknownShape(input, scope);
  const plan = planSlice(node, scope, shape);
  if (!plan)
    return refuse('size-depends-on-input', 'what it takes is not constant', 'declare the input size with --shape');
  const operators = new Map<number, Operator>();
  for (const axis of channelAxes(shape)) {
    const others = [...plan.keys()].filter((sliced) => sliced !== axis);
    const spatial = axis === 1 ? shape.length - 2 : 0;
    if (spatial > 3 || others.some((sliced) => axis !== 1 || sliced < 2)) continue;
    const taken = plan.get(axis);
    const channels = shape[axis] as number;
    const operator = taken ? selectChannels(channels, taken.start, taken.step, taken.count) : identity(channels);
    const axes: (Axis | null)[] =
      others.length === 0 ? [] : shape.slice(2).map((size, index) => sliceWindow(plan.get(index + 2), size));
    if (operator && axes.every((window) => window !== null)) operators.set(axis, { ...operator, axes });
  }
  return operators.size > 0 ? oneTerm(input, operators) : null;
};

function selectChannels(channels: number, start: number, step: number, count: number): Operator | null {
  if (!(count >= 1)) return null;
  if (step === 1) return select(channels, start, count);
  return gather(
    channels,
    Array.from({ length: count }, (_, index) => start + step * index),
  );
}

/** A slice of a spatial axis crops, and strides where it steps. */
function sliceWindow(
  slice: { start: number; step: number; cropEnd: number; count: number } | undefined,
  size: Size,
): Axis | null {
  if (!slice) return pointAxis;
  if (slice.step < 1 || (typeof size === 'number' && slice.count < 1)) return null;
  return { ...pointAxis, stride: slice.step, padBegin: -slice.start, padEnd: -slice.cropEnd };
}

const liftSplit: Lift = (node, scope) => {
  const input = node.inputs[0]!;
  const shape = floatShape(scope, input);
  if (!shape) return unknownShape(input, scope);
  const axis = normalizeAxis(intAttribute(node, 'axis', 0), shape.length);
  if (axis === null || !channelAxes(shape).includes(axis)) return null;
  const sizes = splitSizes(node, scope, shape[axis]!);
  if (!sizes || sizes.some((size) => size < 1) || sizes.reduce((sum, size) => sum + size, 0) !== shape[axis])
    return null;
  let start = 0;
  return sizes.map((size): Definitions => {
    const operator = select(shape[axis] as number, start, size);
    start += size;
    return [termOn(axis, input, operator)];
  });
};

const liftGather: Lift = (node, scope) => {
  const input = node.inputs[0]!;
  const shape = floatShape(scope, input);
  const indices = numbersOf(scope.constant(node.inputs[1]!));
  const rank = scope.constant(node.inputs[1]!)?.dims.length;
  if (!shape || !indices || rank !== 1) return null;
  const axis = normalizeAxis(intAttribute(node, 'axis', 0), shape.length);
  if (axis === null || !channelAxes(shape).includes(axis)) return null;
  const channels = shape[axis] as number;
  const places = indices.map((index) => (index < 0 ? index + channels : index));
  if (new Set(places).size !== places.length || places.some((place) => place < 0 || place >= channels)) return null;
  return oneTerm(input, new Map([[axis, gather(channels, places)]]));
};

const liftConcat: Lift = (node, scope) => {
  const output = scope.shape(node.outputs[0]!);
  const axis = output && normalizeAxis(intAttribute(node, 'axis', 1), output.length);
  if (!output || axis === null || axis === undefined || !channelAxes(output).includes(axis)) return null;
  const total = output[axis] as number;
  const terms: { operator: Operator; input: string }[] = [];
  let start = 0;
  for (const input of node.inputs) {
    const shape = floatShape(scope, input);
    if (!shape || typeof shape[axis] !== 'number' || shape.length !== output.length) return null;
    if (!shape.every((size, index) => index === axis || sameSize(size, output[index]!))) return null;
    terms.push({ operator: embed(total, start, shape[axis]), input });
    start += shape[axis];
  }
  return start === total ? [[{ axis, terms, bias: null }]] : null;
};

/** By operator. */
export const moves: Readonly<Record<string, Lift>> = {
  Concat: liftConcat,
  Gather: liftGather,
  Pad: liftPad,
  Slice: liftSlice,
  Split: liftSplit,
};
