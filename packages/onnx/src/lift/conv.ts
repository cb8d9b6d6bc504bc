/** Lifts Conv and ConvTranspose. */
import {
  type Axis,
  convOf,
  derivedArray,
  isRefusal,
  type LazyArray,
  type Operator,
  type Refusal,
  readArray,
  refuse,
  swapChannels,
  transposedOf,
} from '@reparam/core';
import { intAttribute, intsAttribute, stringAttribute } from '../analysis/attributes.ts';
import { type Constant, countOf } from '../analysis/constant.ts';
import type { Scope } from '../analysis/scope.ts';
import { windowAxes } from '../analysis/windows.ts';
import type { OnnxNode } from '../proto/node.ts';
import { floatConstant, floatShape, type Lift, type Lifted, oneTerm, unknownShape } from './context.ts';

interface ConvParts {
  readonly weight: Constant;
  readonly bias: LazyArray | null;
  readonly groups: number;
  readonly axes: readonly Axis[];
}

export const liftConv: Lift = (node, scope) => {
  const parts = readParts(node, scope);
  if (parts === null || isRefusal(parts)) return parts;
  const { weight, bias, groups, axes } = parts;
  const [outChannels, perGroup] = weight.dims as [number, number];
  const inChannels = perGroup * groups;
  if (outChannels % groups !== 0 || (bias && bias.length !== outChannels)) return null;
  return liftOn(node, scope, inChannels, convOf(weight.values, bias, { outChannels, inChannels, groups, axes }));
};

export const liftConvTranspose: Lift = (node, scope) => {
  if (stringAttribute(node, 'auto_pad', 'NOTSET').startsWith('SAME') || node.attribute('output_shape')) {
    return refuse('size-depends-on-input', 'its padding follows from the output size', 'export it with explicit pads');
  }
  const parts = readParts(node, scope);
  if (parts === null || isRefusal(parts)) return parts;
  const { weight, bias, groups } = parts;
  const [inChannels, perGroup] = weight.dims as [number, number];
  const outChannels = perGroup * groups;
  if (inChannels % groups !== 0 || (bias && bias.length !== outChannels)) return null;
  const extra = intsAttribute(node, 'output_padding') ?? [];
  const axes = parts.axes.map((axis, index) => ({ ...axis, padEnd: axis.padEnd - (extra[index] ?? 0) }));
  const taps = countOf(weight.dims.slice(2));
  const shape = { outChannels, inChannels, groups, axes };
  const swapped = derivedArray(weight.values.length, [weight.values], (memo) =>
    swapChannels(readArray(weight.values, memo), groups, inChannels / groups, perGroup, taps),
  );
  const operator = transposedOf(swapped, bias, shape);
  return liftOn(node, scope, inChannels, operator);
};

function readParts(node: OnnxNode, scope: Scope): ConvParts | Refusal | null {
  const weight = floatConstant(scope, node.inputs[1], 'weight');
  if (isRefusal(weight)) return weight;
  const bias = node.inputs[2] ? floatConstant(scope, node.inputs[2], 'bias') : null;
  if (bias && isRefusal(bias)) return bias;
  const kernel = weight.dims.slice(2);
  const declared = intsAttribute(node, 'kernel_shape');
  if (kernel.length === 0 || kernel.length > 3 || (declared && declared.join() !== kernel.join())) return null;
  const sizes = scope.shape(node.inputs[0]!)?.slice(2) ?? [];
  const axes = windowAxes(node, kernel, sizes);
  const groups = intAttribute(node, 'group', 1);
  if (!axes) {
    return refuse(
      'size-depends-on-input',
      `auto_pad ${stringAttribute(node, 'auto_pad', '')} at a stride above 1 pads by the input size, which is symbolic or less than the strides cover`,
      'declare the input size with --shape, or export with explicit pads',
    );
  }
  return groups >= 1 ? { weight, bias: bias?.values ?? null, groups, axes } : null;
}

function liftOn(node: OnnxNode, scope: Scope, inChannels: number, operator: Operator): Lifted {
  const input = node.inputs[0]!;
  const shape = floatShape(scope, input);
  if (!shape) return unknownShape(input, scope);
  if (shape.length !== operator.axes.length + 2 || shape[1] !== inChannels) return null;
  return oneTerm(input, new Map([[1, operator]]));
}
