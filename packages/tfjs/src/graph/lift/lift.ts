/** The table of lifts: which nodes are linear, and in what terms. */
import type { Lifted } from '../../convert/lifted.ts';
import { isFloatType } from '../attributes.ts';
import type { NodeDef } from '../node-def.ts';
import type { GraphScope } from '../scope.ts';
import { liftConv, liftDepthwise, liftTransposed } from './convolution.ts';
import { liftBatchToSpace } from './dilated.ts';
import { liftAdd, liftAddN, liftDiv, liftMul, liftNeg, liftSub } from './elementwise.ts';
import { liftMatMul } from './matrix.ts';
import {
  liftAvgPool,
  liftCast,
  liftConcat,
  liftIdentity,
  liftLeakyRelu,
  liftPad,
  liftSlice,
  liftSplit,
} from './move.ts';
import type { NodeLift } from './node-lift.ts';
import { liftBatchNorm, liftBiasAdd } from './normalization.ts';

const lifts: Readonly<Record<string, NodeLift>> = {
  Add: liftAdd,
  AddN: liftAddN,
  AddV2: liftAdd,
  AvgPool: liftAvgPool,
  AvgPool3D: liftAvgPool,
  BatchMatMul: liftMatMul,
  BatchMatMulV2: liftMatMul,
  BatchToSpaceND: liftBatchToSpace,
  BiasAdd: liftBiasAdd,
  Cast: liftCast,
  Concat: liftConcat,
  ConcatV2: liftConcat,
  Conv2D: liftConv,
  Conv2DBackpropInput: liftTransposed,
  Conv3D: liftConv,
  DepthwiseConv2dNative: liftDepthwise,
  FusedBatchNorm: liftBatchNorm,
  FusedBatchNormV2: liftBatchNorm,
  FusedBatchNormV3: liftBatchNorm,
  FusedDepthwiseConv2dNative: liftDepthwise,
  Identity: liftIdentity,
  LeakyRelu: liftLeakyRelu,
  MatMul: liftMatMul,
  Mul: liftMul,
  Neg: liftNeg,
  Pad: liftPad,
  PadV2: liftPad,
  RealDiv: liftDiv,
  Slice: liftSlice,
  Split: liftSplit,
  SplitV: liftSplit,
  StridedSlice: liftSlice,
  Sub: liftSub,
  _FusedConv2D: liftConv,
  _FusedMatMul: liftMatMul,
};

/** Lifts the linear part of one node. Only floats: whole numbers are rounded and overflow. */
export function liftNode(node: NodeDef, scope: GraphScope): Lifted {
  const lift = Object.hasOwn(lifts, node.op) ? lifts[node.op] : undefined;
  if (!lift || node.control.length > 0 || !isFloatType(node.attributes, 'T')) return null;
  return lift(node, scope);
}
