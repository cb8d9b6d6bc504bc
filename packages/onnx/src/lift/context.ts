/** What lifts are given and what they answer. */
import { type LazyArray, type Operator, type Refusal, refuse, type Size } from '@reparam/core';
import { type Constant, isFloat } from '../analysis/constant.ts';
import { isFunction, isStandard, type Scope } from '../analysis/scope.ts';
import type { Shape } from '../analysis/shape-rules.ts';
import { findUnevaluated } from '../analysis/unevaluated.ts';
import { type OnnxNode, qualifiedName } from '../proto/node.ts';
import { customOperator, givenByCalls } from './custom-operator.ts';

/** `core`'s Affine with value names in place of ids. */
export interface NamedAffine {
  readonly axis: number;
  readonly terms: readonly { readonly operator: Operator; readonly input: string }[];
  readonly bias: LazyArray | null;
  /** Terms on a map of ones of the given spatial size. */
  readonly onOnes?: readonly { readonly operator: Operator; readonly size: readonly Size[] }[];
}

/** Definitions of one output, one for each channel axis. */
export type Definitions = readonly NamedAffine[];

/** Definitions of each output; a refusal where the node only looks linear; null where it is not. */
export type Lifted = readonly Definitions[] | Refusal | null;

export type Lift = (node: OnnxNode, scope: Scope) => Lifted;

/** The sum of one term and a bias, on each of the axes. */
export function oneTerm(input: string, operators: ReadonlyMap<number, Operator>): Definitions[] {
  return [[...operators].map(([axis, operator]) => termOn(axis, input, operator))];
}

export function termOn(axis: number, input: string, operator: Operator): NamedAffine {
  return { axis, terms: [{ operator: { ...operator, bias: null }, input }], bias: operator.bias };
}

/** Axes that can be a value's channels: the second, and the last. Only where their size is known. */
export function channelAxes(shape: readonly Size[]): number[] {
  const axes = [...new Set([1, shape.length - 1])];
  return axes.filter((axis) => axis >= 1 && axis < shape.length && typeof shape[axis] === 'number' && shape[axis] > 0);
}

/** Shape of a float value; null where the rank or the type is not known. */
export function floatShape(scope: Scope, name: string): Shape | null {
  return isFloat(scope.elementType(name)) && !scope.constant(name) ? scope.shape(name) : null;
}

/** A float constant, or why it is none. */
export function floatConstant(scope: Scope, name: string | undefined, role: string): Constant | Refusal {
  const constant = scope.constant(name ?? '');
  if (constant && isFloat(constant.dataType)) return constant;
  if (name && scope.overridable.has(name)) {
    return refuse(
      'overridable',
      `${role} "${name}" is an initializer that is also a graph input, so a caller may override it`,
      'convert with freezeWeights: true (--freeze-weights) if no caller does, or export with keep_initializers_as_inputs=False',
    );
  }
  const maker = name && scope.maker(name)?.opType;
  if (maker === 'DequantizeLinear') return quantized(`${role} "${name}" comes from DequantizeLinear`);
  const isGiven = isFunction(scope) && scope.graph.inputs.some((input) => input.name === name);
  if (isGiven) return givenByCalls(`${role} "${name}"`);
  const unevaluated = name && findUnevaluated(name, scope);
  if (unevaluated) return notEvaluated(`${role} "${name}"`, unevaluated, scope);
  return refuse(
    'not-constant',
    `${role} "${name ?? ''}" is computed from the input, expected a constant`,
    'only constant weights merge',
  );
}

function notEvaluated(subject: string, maker: OnnxNode, scope: Scope): Refusal {
  const { domain, opType, name, outputs } = maker;
  const operator = `${domain === '' ? opType : qualifiedName(maker)} ("${name || outputs[0]}")`;
  const answer = scope.computed?.get(maker);
  if (answer instanceof Error)
    return refuse(
      'not-constant',
      `${subject} is computed from constants by ${operator}, which ONNX Runtime cannot evaluate: ${answer.message.split('\n')[0]}`,
      'export with constants folded, or put the values there as an initializer',
    );
  return refuse(
    'not-constant',
    `${subject} is computed from constants by ${operator}, which is not evaluated here`,
    scope.computed
      ? 'export with constants folded, or put the values there as an initializer'
      : 'let ONNX Runtime evaluate it: install onnxruntime-node for the command line, or give the option `runtime`',
  );
}

export function quantized(found: string): Refusal {
  return refuse('quantized', `${found}: merging would change what is rounded`, 'convert before quantizing');
}

/** Why a value's shape is of no use; null for one that is no float, which is no matter of linear operators. */
export function unknownShape(name: string, scope: Scope): Refusal | null {
  const type = scope.elementType(name);
  if (scope.constant(name) || (type !== 0 && !isFloat(type))) return null;
  const maker = scope.maker(name);
  if (maker && !isStandard(scope.model, maker)) return customOperator(maker, scope.model);
  return refuse(
    'size-depends-on-input',
    `the shape or element type of "${name}" is not known`,
    'run shape inference on the model first (onnx.shape_inference), or declare input shapes with --shape',
  );
}

/** A value without an axis of channels whose number is known. */
export function noChannels(name: string, shape: Shape): Refusal {
  if (shape.length < 2) {
    return refuse(
      'axis-mismatch',
      `"${name}" has rank ${shape.length}, expected an axis of channels behind the first`,
      'nothing to do: it is no map of channels',
    );
  }
  return refuse(
    'size-depends-on-input',
    `the number of channels of "${name}" is not known`,
    'declare input shapes with --shape, or export with a fixed number of channels',
  );
}

/** Two values that both depend on the input, multiplied or divided. */
export function product(opType: string): Refusal {
  return refuse(
    'not-linear',
    `${opType} takes two values that both depend on the input, which is not linear`,
    'nothing at conversion: only a factor that is constant merges',
  );
}
