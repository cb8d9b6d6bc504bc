/** Output shapes of nodes. */
import { type Size, sameSize } from '@reparam/core';
import type { Shape } from '../convert/model-view.ts';
import { batchedShape } from './batches.ts';
import type { NodeDef } from './node-def.ts';
import type { GraphScope } from './scope.ts';
import { concat, expandDims, pad, reduction, reshape, resize, slice, squeeze, transpose } from './shape-rules/moves.ts';
import { blocks, gather, pack, shapeVector, stridedSlice } from './shape-rules/pieces.ts';
import { convolution, matMul, pooling, transposed } from './shape-rules/products.ts';
import type { ShapeRule } from './shape-rules/rule.ts';
import { splitShapes } from './shape-rules/split.ts';

const same: ShapeRule = ({ inputs }, scope) => scope.shape(inputs[0]!);

/** Operators whose output has the shape of their first input. */
const SAME =
  'Abs Acos Acosh Asin Asinh Atan Atanh BiasAdd Cast Ceil ClipByValue Cos Cosh Cumsum Elu Erf Exp Expm1 Floor FusedBatchNorm FusedBatchNormV2 ' +
  'FusedBatchNormV3 Identity LeakyRelu Log Log1p LogSoftmax Neg OnesLike Prelu Reciprocal Relu Relu6 Round Rsqrt Selu Sigmoid Sign Sin Sinh ' +
  'Softmax Softplus Sqrt Square StopGradient Tan Tanh ZerosLike LRN';

const BROADCAST =
  'Add AddV2 Sub Mul RealDiv Div DivNoNan FloorDiv Maximum Minimum Pow SquaredDifference Greater GreaterEqual Less LessEqual';

const broadcast: ShapeRule = ({ inputs }, scope) => {
  const [a, b] = inputs.map((name) => scope.shape(name));
  if (!a || !b) return null;
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis): Size => {
    const x = a[axis - rank + a.length] ?? 1;
    const y = b[axis - rank + b.length] ?? 1;
    if (sameSize(x, y) || y === 1) return x;
    if (x === 1 || typeof y === 'number') return y; // what is not known is 1 or as much
    return typeof x === 'number' ? x : scope.freshSize();
  });
};

const rules: Readonly<Record<string, ShapeRule>> = {
  ...Object.fromEntries(SAME.split(' ').map((op) => [op, same])),
  ...Object.fromEntries(BROADCAST.split(' ').map((op) => [op, broadcast])),
  AddN: same,
  AvgPool: pooling,
  AvgPool3D: pooling,
  BatchMatMul: matMul,
  BatchMatMulV2: matMul,
  BatchToSpaceND: batchedShape,
  Concat: concat,
  ConcatV2: concat,
  Conv2D: convolution((filter) => filter.at(-1)!),
  Conv2DBackpropInput: transposed,
  Conv3D: convolution((filter) => filter.at(-1)!),
  DepthToSpace: blocks(1),
  DepthwiseConv2dNative: convolution((filter) => filter.at(-1)! * filter.at(-2)!),
  ExpandDims: expandDims,
  FusedDepthwiseConv2dNative: convolution((filter) => filter.at(-1)! * filter.at(-2)!),
  GatherV2: gather,
  MatMul: matMul,
  Max: reduction,
  MaxPool: pooling,
  MaxPool3D: pooling,
  Mean: reduction,
  Min: reduction,
  MirrorPad: pad,
  Pack: pack,
  Pad: pad,
  PadV2: pad,
  Reshape: reshape,
  Prod: reduction,
  ResizeBilinear: resize,
  ResizeNearestNeighbor: resize,
  Shape: shapeVector,
  Slice: slice,
  SpaceToBatchND: batchedShape,
  SpaceToDepth: blocks(-1),
  Squeeze: squeeze,
  StridedSlice: stridedSlice,
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
