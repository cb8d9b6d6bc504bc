/** Output shapes of nodes. */
import { floorDivide, outputSize, type Size, sameSize } from '@reparam/core';
import type { Shape } from '../convert/model-view.ts';
import { paddedAxis } from '../convert/windows.ts';
import { flagAttribute, numberAttribute, numbersAttribute, stringAttribute } from './attributes.ts';
import type { NodeDef } from './node-def.ts';
import type { GraphScope } from './scope.ts';
import { slicePlan } from './slices.ts';

type ShapeRule = (node: NodeDef, scope: GraphScope) => Shape | null;

const same: ShapeRule = ({ inputs }, scope) => scope.shape(inputs[0]!);

/** Operators whose output has the shape of their first input. */
const SAME =
  'Abs BiasAdd Cast Ceil ClipByValue Elu Erf Exp Floor FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3 Identity LeakyRelu Log ' +
  'LogSoftmax Neg Prelu Reciprocal Relu Relu6 Round Rsqrt Selu Sigmoid Sin Cos Softmax Softplus Sqrt Square StopGradient Tanh LRN';

const BROADCAST =
  'Add AddV2 Sub Mul RealDiv Div DivNoNan FloorDiv Maximum Minimum Pow SquaredDifference Greater GreaterEqual Less LessEqual';

const broadcast: ShapeRule = ({ inputs }, scope) => {
  const [a, b] = inputs.map((name) => scope.shape(name));
  if (!a || !b) return null;
  const rank = Math.max(a.length, b.length);
  const sizes = Array.from({ length: rank }, (_, axis): Size | null => {
    const x = a[axis - rank + a.length] ?? 1;
    const y = b[axis - rank + b.length] ?? 1;
    if (sameSize(x, y) || y === 1) return x;
    return x === 1 ? y : null;
  });
  return sizes.every((size) => size !== null) ? sizes : null;
};

/** A window's output sizes on the axes between the first and the last. */
function windowSizes(node: NodeDef, shape: Shape, kernel: readonly number[]): Size[] | null {
  const { attributes } = node;
  if (stringAttribute(attributes, 'data_format', 'NHWC').startsWith('NC')) return null;
  const strides = numbersAttribute(attributes, 'strides');
  const dilations = numbersAttribute(attributes, 'dilations');
  const padding = stringAttribute(attributes, 'padding', 'VALID');
  const pads = numbersAttribute(attributes, 'explicit_paddings');
  const sizes = shape.slice(1, -1).map((size, axis) => {
    const window = { kernel: kernel[axis]!, stride: strides[axis + 1] ?? 1, dilation: dilations[axis + 1] ?? 1 };
    if (padding === 'SAME') return floorDivide(size, window.stride - 1, window.stride);
    const base = paddedAxis('valid', window, size, 2)!;
    const sides = { padBegin: pads[2 * axis + 2] ?? 0, padEnd: pads[2 * axis + 3] ?? 0 };
    return outputSize(padding === 'EXPLICIT' ? { ...base, ...sides } : base, size);
  });
  return sizes.some((size) => typeof size === 'number' && size < 1) ? null : sizes;
}

function convolution(outChannels: (filter: readonly number[]) => number): ShapeRule {
  return (node, scope) => {
    const [shape, filter] = node.inputs.map((name) => scope.shape(name));
    if (!shape || !filter || filter.length !== shape.length || !filter.every((size) => typeof size === 'number'))
      return null;
    const sizes = windowSizes(node, shape, filter.slice(0, -2));
    return sizes && [shape[0]!, ...sizes, outChannels(filter)];
  };
}

const pooling: ShapeRule = (node, scope) => {
  const shape = scope.shape(node.inputs[0]!);
  const sizes = shape && windowSizes(node, shape, numbersAttribute(node.attributes, 'ksize').slice(1, -1));
  return sizes && [shape[0]!, ...sizes, shape.at(-1)!];
};

const transposed: ShapeRule = ({ inputs }, scope) => scope.numbers(inputs[0]) ?? null;

const matMul: ShapeRule = ({ inputs, attributes }, scope) => {
  const [a, b] = inputs.map((name) => scope.shape(name));
  if (!a || !b || a.length < 2 || b.length < 2 || flagAttribute(attributes, 'transpose_a', false)) return null;
  const turned = flagAttribute(attributes, 'transpose_b', false) || flagAttribute(attributes, 'adj_y', false);
  if (flagAttribute(attributes, 'adj_x', false) || b.slice(0, -2).some((size) => size !== 1)) return null;
  return [...a.slice(0, -1), b.at(turned ? -2 : -1)!];
};

const concat: ShapeRule = ({ op, inputs }, scope) => {
  const values = op === 'Concat' ? inputs.slice(1) : inputs.slice(0, -1);
  const given = scope.numbers(op === 'Concat' ? inputs[0] : inputs.at(-1))?.[0];
  const shapes = values.map((name) => scope.shape(name));
  const [first] = shapes;
  if (!first || given === undefined || !shapes.every((shape) => shape?.length === first.length)) return null;
  const axis = given < 0 ? given + first.length : given;
  const sizes = shapes.map((shape) => shape![axis]);
  if (!sizes.every((size) => typeof size === 'number')) return null;
  return first.map((size, index) => (index === axis ? sizes.reduce((sum, part) => sum + part, 0) : size));
};

const pad: ShapeRule = ({ inputs }, scope) => {
  const shape = scope.shape(inputs[0]!);
  const pads = scope.numbers(inputs[1]);
  if (!shape || pads?.length !== 2 * shape.length) return null;
  return shape.map((size, axis) => floorDivide(size, pads[2 * axis]! + pads[2 * axis + 1]!, 1));
};

const slice: ShapeRule = (node, scope) => {
  const shape = scope.shape(node.inputs[0]!);
  const plan = shape && slicePlan(node, scope, shape);
  return plan ? shape.map((size, axis) => plan[axis]?.count ?? size) : null;
};

const reshape: ShapeRule = ({ inputs }, scope) => {
  const shape = scope.shape(inputs[0]!);
  const target = scope.numbers(inputs[1]);
  if (!shape || !target) return null;
  const count = product(shape);
  const open = target.indexOf(-1);
  if (open < 0) return target;
  // The first of both is the batch, where everything behind it is as large.
  const rest = product(shape.slice(1));
  const others = target.filter((_, axis) => axis !== open).reduce((total, size) => total * size, 1);
  if (open === 0 && rest === others) return [shape[0]!, ...target.slice(1)];
  return count === null ? null : target.map((size, axis) => (axis === open ? count / others : size));
};

function product(shape: Shape): number | null {
  return shape.every((size) => typeof size === 'number')
    ? shape.reduce<number>((total, size) => total * (size as number), 1)
    : null;
}

const reduction: ShapeRule = ({ inputs, attributes }, scope) => {
  const shape = scope.shape(inputs[0]!);
  const axes = scope.numbers(inputs[1]);
  if (!shape || !axes) return null;
  const reduced = new Set(axes.map((axis) => (axis < 0 ? axis + shape.length : axis)));
  const keep = flagAttribute(attributes, 'keep_dims', flagAttribute(attributes, 'keepDims', false));
  return shape.flatMap((size, axis) => (reduced.has(axis) ? (keep ? [1] : []) : [size]));
};

const resize: ShapeRule = ({ inputs }, scope) => {
  const shape = scope.shape(inputs[0]!);
  const sizes = scope.numbers(inputs[1]);
  return shape?.length === 4 && sizes?.length === 2 ? [shape[0]!, ...sizes, shape[3]!] : null;
};

const squeeze: ShapeRule = ({ inputs, attributes }, scope) => {
  const shape = scope.shape(inputs[0]!);
  const axes = numbersAttribute(attributes, 'squeeze_dims');
  if (!shape || axes.length === 0) return null;
  const gone = new Set(axes.map((axis) => (axis < 0 ? axis + shape.length : axis)));
  return shape.filter((_, axis) => !gone.has(axis));
};

const expandDims: ShapeRule = ({ inputs }, scope) => {
  const shape = scope.shape(inputs[0]!);
  const axis = scope.numbers(inputs[1])?.[0];
  if (!shape || axis === undefined) return null;
  const place = axis < 0 ? axis + shape.length + 1 : axis;
  return [...shape.slice(0, place), 1, ...shape.slice(place)];
};

const transpose: ShapeRule = ({ inputs }, scope) => {
  const shape = scope.shape(inputs[0]!);
  const order = scope.numbers(inputs[1]);
  return shape && order ? order.map((axis) => shape[axis]!) : null;
};

const rules: Readonly<Record<string, ShapeRule>> = {
  ...Object.fromEntries(SAME.split(' ').map((op) => [op, same])),
  ...Object.fromEntries(BROADCAST.split(' ').map((op) => [op, broadcast])),
  AddN: same,
  AvgPool: pooling,
  AvgPool3D: pooling,
  BatchMatMul: matMul,
  BatchMatMulV2: matMul,
  Concat: concat,
  ConcatV2: concat,
  Conv2D: convolution((filter) => filter.at(-1)!),
  Conv2DBackpropInput: transposed,
  Conv3D: convolution((filter) => filter.at(-1)!),
  DepthwiseConv2dNative: convolution((filter) => filter.at(-1)! * filter.at(-2)!),
  ExpandDims: expandDims,
  FusedDepthwiseConv2dNative: convolution((filter) => filter.at(-1)! * filter.at(-2)!),
  MatMul: matMul,
  Max: reduction,
  MaxPool: pooling,
  MaxPool3D: pooling,
  Mean: reduction,
  MirrorPad: pad,
  Pad: pad,
  PadV2: pad,
  Reshape: reshape,
  ResizeBilinear: resize,
  ResizeNearestNeighbor: resize,
  Slice: slice,
  Squeeze: squeeze,
  StridedSlice: slice,
  Sum: reduction,
  Transpose: transpose,
  _FusedConv2D: convolution((filter) => filter.at(-1)!),
  _FusedMatMul: matMul,
};

/** Shapes of all outputs; null for those that are not known. */
export function outputShapes(node: NodeDef, scope: GraphScope): readonly (Shape | null)[] {
  if (node.op === 'Split' || node.op === 'SplitV') return splitShapes(node, scope);
  return [rules[node.op]?.(node, scope) ?? null];
}

/** Axis and sizes of the parts of a Split or SplitV. */
export function splitPlan(node: NodeDef, scope: GraphScope): { value: string; axis: number; sizes: number[] } | null {
  const isV = node.op === 'SplitV';
  const [value, axisName] = isV ? [node.inputs[0]!, node.inputs[2]] : [node.inputs[1]!, node.inputs[0]];
  const shape = scope.shape(value);
  const given = scope.numbers(axisName)?.[0];
  if (!shape || given === undefined) return null;
  const axis = given < 0 ? given + shape.length : given;
  const size = shape[axis];
  if (typeof size !== 'number') return null;
  const count = numberAttribute(node.attributes, 'num_split', 1);
  const sizes = isV ? scope.numbers(node.inputs[1]) : new Array<number>(count).fill(size / count);
  if (!sizes) return null;
  const rest = size - sizes.filter((part) => part >= 0).reduce((sum, part) => sum + part, 0);
  const settled = sizes.map((part) => (part < 0 ? rest : part));
  return settled.every((part) => Number.isInteger(part) && part > 0) ? { value, axis, sizes: settled } : null;
}

function splitShapes(node: NodeDef, scope: GraphScope): readonly (Shape | null)[] {
  const plan = splitPlan(node, scope);
  const shape = plan && scope.shape(plan.value);
  if (!shape) return [];
  return plan.sizes.map((part) => shape.map((size, axis) => (axis === plan.axis ? part : size)));
}
