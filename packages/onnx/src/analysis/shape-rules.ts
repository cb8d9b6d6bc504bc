/** Output shapes by operator, for the operators that matter to linear ones around them. */
import { floorDivide, outputSize, type Size, sameSize } from '@reparam/core';
import type { OnnxNode } from '../proto/node.ts';
import { intAttribute, intsAttribute } from './attributes.ts';
import { numbersOf } from './constant.ts';
import { normalizeAxis } from './movement.ts';
import type { Scope } from './scope.ts';
import { windowAxes } from './windows.ts';

export type Shape = readonly Size[];
export type ShapeRule = (node: OnnxNode, scope: Scope) => readonly (Shape | null)[];

/** Shapes of the node's outputs; null where unknown. `moved` has the rules of operators that only move data. */
export function inferShapes(
  node: OnnxNode,
  scope: Scope,
  moved: Readonly<Record<string, ShapeRule>>,
): readonly (Shape | null)[] {
  if (SAME_SHAPE.has(node.opType)) return [scope.shape(node.inputs[0]!)];
  if (BROADCASTING.has(node.opType))
    return [
      broadcast(
        node.inputs.map((name) => scope.shape(name)),
        scope,
      ),
    ];
  if (REDUCING.has(node.opType)) return [reduceShape(node, scope)];
  return (rules[node.opType] ?? moved[node.opType])?.(node, scope) ?? [];
}

/** First output has the first input's shape. */
const SAME_SHAPE: ReadonlySet<string> = new Set(
  (
    'Relu LeakyRelu Sigmoid Tanh Clip HardSigmoid HardSwish Elu Selu Celu Softplus Softsign Erf Exp Log Sqrt Abs Neg Floor Ceil ' +
    'Round Sign Reciprocal Sin Cos Gelu Mish Swish ThresholdedRelu Softmax LogSoftmax Hardmax Identity Dropout Cast Not IsNaN IsInf LRN ' +
    'InstanceNormalization GroupNormalization LayerNormalization SimplifiedLayerNormalization RMSNormalization BatchNormalization ' +
    'LpNormalization MeanVarianceNormalization QuantizeLinear DequantizeLinear CumSum ScatterND ScatterElements Trilu'
  ).split(' '),
);

const REDUCING: ReadonlySet<string> = new Set(
  'ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare'.split(
    ' ',
  ),
);

const BROADCASTING: ReadonlySet<string> = new Set(
  'Add Sub Mul Div Pow Max Min Sum Mean Mod And Or Xor Equal Greater Less GreaterOrEqual LessOrEqual Where'.split(' '),
);

/**
 * One shape for all: a size of 1 yields, a number wins over a symbol (which can then only be 1 or that number). Of two symbols either may
 * be 1, so the size is a new one.
 */
export function broadcast(shapes: readonly (Shape | null)[], scope: Scope): Shape | null {
  if (shapes.some((shape) => shape === null)) return null;
  const rank = Math.max(...shapes.map((shape) => shape!.length));
  const result: Size[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const sizes = shapes.map((shape) => shape![axis - rank + shape!.length] ?? 1);
    result.push(sizes.reduce((size, other) => broadcastSize(size, other) ?? scope.freshSize()));
  }
  return result;
}

function broadcastSize(a: Size, b: Size): Size | null {
  if (a === 1 || sameSize(a, b)) return b;
  if (b === 1) return a;
  if (typeof a === 'number') return a;
  return typeof b === 'number' ? b : null;
}

const rules: Readonly<Record<string, ShapeRule>> = {
  Conv: (node, scope) => [convShape(node, scope)],
  ConvTranspose: (node, scope) => [convTransposeShape(node, scope)],
  MaxPool: (node, scope) => [poolShape(node, scope)],
  AveragePool: (node, scope) => [poolShape(node, scope)],
  LpPool: (node, scope) => [poolShape(node, scope)],
  GlobalAveragePool: (node, scope) => [globalShape(node, scope)],
  GlobalMaxPool: (node, scope) => [globalShape(node, scope)],
  Gemm: (node, scope) => [gemmShape(node, scope)],
  PRelu: (node, scope) => [slopedShape(node, scope)],
  MatMul: (node, scope) => [matMulShape(scope.shape(node.inputs[0]!), scope.shape(node.inputs[1]!), scope)],
};

/** Runtimes let slopes enlarge the map, as any broadcast does; before opset 7 they are one or one for each channel. */
function slopedShape(node: OnnxNode, scope: Scope): Shape | null {
  const [shape, slopes] = node.inputs.map((name) => scope.shape(name));
  return scope.opset < 7 || !slopes ? (shape ?? null) : broadcast([shape ?? null, slopes], scope);
}

/** A convolution tells its input's rank and channels where they are not known. */
function convShape(node: OnnxNode, scope: Scope): Shape | null {
  const weight = scope.shape(node.inputs[1] ?? '');
  if (!weight || weight.length < 3 || weight.some((size) => typeof size !== 'number')) return null;
  const channels = (weight[1] as number) * intAttribute(node, 'group', 1);
  const input = scope.refine(node, weight.length, channels);
  const axes = input && windowAxes(node, weight.slice(2) as number[], input.slice(2));
  if (!input) return null;
  if (!axes) return [input[0]!, weight[0]!, ...weight.slice(2).map(() => scope.freshSize())];
  return [input[0]!, weight[0]!, ...axes.map((axis, index) => outputSize(axis, input[index + 2]!))];
}

function convTransposeShape(node: OnnxNode, scope: Scope): Shape | null {
  const weight = scope.shape(node.inputs[1] ?? '');
  if (!weight || weight.length < 3 || weight.some((size) => typeof size !== 'number')) return null;
  const input = scope.refine(node, weight.length, weight[0] as number);
  if (!input) return null;
  const axes = windowAxes(node, weight.slice(2) as number[], []);
  const extra = intsAttribute(node, 'output_padding') ?? [];
  const fixed = intsAttribute(node, 'output_shape');
  const sizes = input.slice(2).map((size, index) => {
    if (!axes || fixed) return scope.freshSize();
    const axis = axes[index]!;
    const added = axis.dilation * (axis.kernel - 1) - axis.padBegin - axis.padEnd + (extra[index] ?? 0);
    if (axis.stride === 1) return floorDivide(size, added, 1);
    return floorDivide(scope.products.multiply([axis.stride, size]), added + 1 - axis.stride, 1);
  });
  return [input[0]!, (weight[1] as number) * intAttribute(node, 'group', 1), ...sizes];
}

function poolShape(node: OnnxNode, scope: Scope): Shape | null {
  const kernel = intsAttribute(node, 'kernel_shape');
  const input = scope.shape(node.inputs[0]!);
  if (!kernel || !input || input.length !== kernel.length + 2) return null;
  const axes = windowAxes(node, kernel, input.slice(2));
  const ceil = intAttribute(node, 'ceil_mode', 0) === 1;
  const sizes = kernel.map((_, index) => {
    const axis = axes?.[index];
    const size = input[index + 2]!;
    if (!axis) return scope.freshSize();
    if (!ceil || axis.stride === 1) return outputSize(axis, size);
    return (typeof size === 'number' ? ceilOutputs(axis, size) : null) ?? scope.freshSize();
  });
  return [input[0]!, input[1]!, ...sizes];
}

/**
 * Pooling with ceil_mode. A last window that starts in the end padding does not count, but ONNX Runtime's inference of shapes counts it: null
 * then, so that nothing is written that depends on it.
 */
function ceilOutputs(
  axis: { kernel: number; stride: number; dilation: number; padBegin: number; padEnd: number },
  size: number,
): number | null {
  const reach = size + axis.padBegin + axis.padEnd - axis.dilation * (axis.kernel - 1) - 1;
  const outputs = Math.ceil(reach / axis.stride) + 1;
  return (outputs - 1) * axis.stride >= size + axis.padBegin ? null : outputs;
}

function globalShape(node: OnnxNode, scope: Scope): Shape | null {
  const input = scope.shape(node.inputs[0]!);
  return input && [...input.slice(0, 2), ...input.slice(2).map(() => 1)];
}

function gemmShape(node: OnnxNode, scope: Scope): Shape | null {
  const weight = scope.shape(node.inputs[1]!);
  if (weight?.length !== 2) return null;
  const transposed = intAttribute(node, 'transB', 0) === 1;
  const [inner, outer] = transposed ? [weight[1]!, weight[0]!] : [weight[0]!, weight[1]!];
  if (intAttribute(node, 'transA', 0) === 1) {
    const input = scope.shape(node.inputs[0]!);
    return input && [input[1]!, outer];
  }
  const input = typeof inner === 'number' ? scope.refine(node, 2, inner) : scope.shape(node.inputs[0]!);
  return input && [input[0]!, outer];
}

function matMulShape(a: Shape | null, b: Shape | null, scope: Scope): Shape | null {
  if (!a || !b || a.length < 2 || b.length < 2) return null;
  const batch = broadcast([a.slice(0, -2), b.slice(0, -2)], scope);
  return batch && [...batch, a.at(-2)!, b.at(-1)!];
}

function reduceShape(node: OnnxNode, scope: Scope): Shape | null {
  const input = scope.shape(node.inputs[0]!);
  const axes = intsAttribute(node, 'axes') ?? (node.inputs[1] ? numbersOf(scope.constant(node.inputs[1])) : []);
  if (!input || !axes) return null;
  const reduced = axes.map((axis) => normalizeAxis(axis, input.length));
  const all = axes.length === 0 && intAttribute(node, 'noop_with_empty_axes', 0) === 0;
  const keep = intAttribute(node, 'keepdims', 1) === 1;
  return input.flatMap((size, axis) => (all || reduced.includes(axis) ? (keep ? [1] : []) : [size]));
}
