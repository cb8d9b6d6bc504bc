/** Lifts operators that move data: Pad with zeros, Slice, Split, Concat, Identity; and average pooling without padding. */
import { type Axis, averagePool, embed, gather, identity, pointAxis, refuse, sameSize, select } from '@reparam/core';
import { type NamedAffine, oneTerm } from '../../convert/lifted.ts';
import { isFloatType, numberAttribute, numbersAttribute } from '../attributes.ts';
import { splitPlan } from '../shape-rules/split.ts';
import { slicePlan } from '../slices.ts';
import { windowsOf } from './convolution.ts';
import { type NodeLift, refuseChannelsFirst, unknownSize, valueShape } from './node-lift.ts';

export const liftIdentity: NodeLift = (node, scope) => {
  const found = valueShape(scope, node.inputs[0]);
  return found && [oneTerm(node.inputs[0]!, identity(found.channels))];
};

/** From one kind of float to another, all of which are float32 in TensorFlow.js. */
export const liftCast: NodeLift = (node, scope) => {
  const isFloat = ['SrcT', 'DstT'].every((name) => node.attributes[name] && isFloatType(node.attributes, name));
  return isFloat ? liftIdentity(node, scope) : null;
};

export const liftLeakyRelu: NodeLift = (node, scope) =>
  numberAttribute(node.attributes, 'alpha', 0.2) === 1 ? liftIdentity(node, scope) : null;

export const liftPad: NodeLift = (node, scope) => {
  const found = valueShape(scope, node.inputs[0]);
  const pads = scope.numbers(node.inputs[1]);
  const value = node.op === 'PadV2' ? scope.numbers(node.inputs[2])?.[0] : 0;
  if (!found || found.shape.length < 3 || found.shape.length > 5) return null;
  if (!pads)
    return refuse('not-constant', 'its paddings are computed from the input', 'export with a fixed input size');
  if (value !== 0) {
    const found = value === undefined ? 'a value from the input' : `the value ${value}`;
    return refuse('padding-value', `it pads with ${found}, expected zeros`, 'only zero padding merges');
  }
  const rank = found.shape.length;
  if (pads.length !== 2 * rank || pads[0] !== 0 || pads[1] !== 0) return null;
  const [before, after] = [pads[2 * rank - 2]!, pads[2 * rank - 1]!];
  const { channels } = found;
  const operator = before + after === 0 ? identity(channels) : embed(channels + before + after, before, channels);
  const axes = found.shape
    .slice(1, -1)
    .map((_, axis) => ({ ...pointAxis, padBegin: pads[2 * axis + 2]!, padEnd: pads[2 * axis + 3]! }));
  return [oneTerm(node.inputs[0]!, { ...operator, axes })];
};

export const liftSlice: NodeLift = (node, scope) => {
  const found = valueShape(scope, node.inputs[0]);
  if (!found) return null;
  const { shape, channels } = found;
  const plan = slicePlan(node, scope, shape);
  if (!plan) return null;
  const taken = plan.at(-1);
  if (plan[0] || shape.length > 5 || (taken && (typeof taken.count !== 'number' || taken.count < 1))) return null;
  const windows = plan.slice(1, -1);
  if (windows.some((slice) => slice && typeof slice.count === 'number' && slice.count < 1)) return null;
  const count = taken?.count as number;
  const step = taken?.step ?? 1;
  const operator = !taken
    ? identity(channels)
    : step === 1
      ? select(channels, taken.start, count)
      : gather(
          channels,
          Array.from({ length: count }, (_, index) => taken.start + step * index),
        );
  const axes = windows.map(
    (slice): Axis =>
      slice ? { ...pointAxis, stride: slice.step, padBegin: -slice.start || 0, padEnd: -slice.after || 0 } : pointAxis,
  );
  return [oneTerm(node.inputs[0]!, { ...operator, axes: windows.some(Boolean) ? axes : [] })];
};

export const liftSplit: NodeLift = (node, scope) => {
  const plan = splitPlan(node, scope);
  const found = plan && valueShape(scope, plan.value);
  if (!found || plan.axis !== found.shape.length - 1) return null;
  let start = 0;
  return plan.sizes.map((size) => {
    const operator = select(found.channels, start, size);
    start += size;
    return oneTerm(plan.value, operator);
  });
};

export const liftConcat: NodeLift = ({ op, inputs }, scope) => {
  const names = op === 'Concat' ? inputs.slice(1) : inputs.slice(0, -1);
  const given = scope.numbers(op === 'Concat' ? inputs[0] : inputs.at(-1))?.[0];
  const found = names.map((name) => valueShape(scope, name));
  const [first] = found;
  if (!first || given === undefined || found.some((value) => value === null)) return null;
  const rank = first.shape.length;
  const fits = found.every(
    (value) =>
      value!.shape.length === rank &&
      value!.shape.slice(0, -1).every((size, axis) => sameSize(size, first.shape[axis]!)),
  );
  if ((given < 0 ? given + rank : given) !== rank - 1 || !fits) return null;
  const total = found.reduce((sum, value) => sum + value!.channels, 0);
  let start = 0;
  const terms = names.map((input, place): NamedAffine['terms'][number] => {
    const { channels } = found[place]!;
    const operator = embed(total, start, channels);
    start += channels;
    return { operator, input };
  });
  return [{ terms, bias: null }];
};

export const liftAvgPool: NodeLift = (node, scope) => {
  const turned = refuseChannelsFirst(node);
  if (turned) return turned;
  const found = valueShape(scope, node.inputs[0]);
  const kernel = numbersAttribute(node.attributes, 'ksize').slice(1, -1);
  if (!found || kernel.length !== found.shape.length - 2 || kernel.length === 0) return null;
  const windows = windowsOf(node, kernel, found.shape);
  if (windows?.padded) return unknownSize(node);
  if (!windows) return null;
  const { axes } = windows;
  if (axes.some(({ padBegin, padEnd }) => padBegin !== 0 || padEnd !== 0)) {
    return refuse(
      'excluded-padding',
      `${node.op} "${node.name}" leaves its padding out of the average, so border windows divide by fewer elements`,
      'use padding VALID',
    );
  }
  return [oneTerm(node.inputs[0]!, averagePool(found.channels, axes))];
};
