/** Lifts operators that return their input: Identity, inference-mode Dropout, Cast to the same type, LeakyRelu and PRelu of slope 1. */
import { identity, refuse } from '@reparam/core';
import { floatAttribute, intAttribute } from '../analysis/attributes.ts';
import { numbersOf } from '../analysis/constant.ts';
import type { Scope } from '../analysis/scope.ts';
import type { OnnxNode } from '../proto/node.ts';
import { channelAxes, floatShape, type Lift, type Lifted, noChannels, oneTerm, unknownShape } from './context.ts';

function liftSame(node: OnnxNode, scope: Scope): Lifted {
  const shape = floatShape(scope, node.inputs[0]!);
  if (!shape) return unknownShape(node.inputs[0]!, scope);
  const axes = channelAxes(shape);
  if (axes.length === 0) return noChannels(node.inputs[0]!, shape);
  return oneTerm(node.inputs[0]!, new Map(axes.map((axis) => [axis, identity(shape[axis] as number)])));
}

export const liftIdentity: Lift = liftSame;

export const liftDropout: Lift = (node, scope) => {
  const { opset } = scope;
  const mode = node.inputs[2] ? numbersOf(scope.constant(node.inputs[2]))?.[0] : 0;
  const training = opset < 7 ? intAttribute(node, 'is_test', 0) === 0 : opset >= 12 && mode !== 0;
  if (training) return refuse('training-mode', 'the dropout is in training mode', 'call model.eval() before exporting');
  return node.outputs[1] ? null : liftSame(node, scope);
};

export const liftCast: Lift = (node, scope) =>
  intAttribute(node, 'to', 0) === scope.elementType(node.inputs[0]!) ? liftSame(node, scope) : null;

export const liftLeakyRelu: Lift = (node, scope) =>
  floatAttribute(node, 'alpha', 0.01) === 1 ? liftSame(node, scope) : null;

export const liftPRelu: Lift = (node, scope) => {
  const slope = scope.constant(node.inputs[1] ?? '');
  const [shape, dims] = [scope.shape(node.inputs[0]!), slope?.dims];
  const fits = shape && dims?.every((size, axis) => size === 1 || size === shape[shape.length - dims.length + axis]);
  if (!fits) return null; // a runtime may enlarge the map
  return numbersOf(slope)?.every((value) => value === 1) ? liftSame(node, scope) : null;
};
