/** Output shapes of nodes. */
import { type Size, sameSize } from '@reparam/core';
import type { Shape } from '../convert/model-view.ts';
import type { NodeDef } from './node-def.ts';
import type { GraphScope } from './scope.ts';
import { concat, expandDims, pad, reduction, reshape, resize, slice, squeeze, transpose } from './shape-rules/moves.ts';
import { convolution, matMul, pooling, transposed } from './shape-rules/products.ts';
import type { ShapeRule } from './shape-rules/rule.ts';
import { splitShapes } from './shape-rules/split.ts';

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
