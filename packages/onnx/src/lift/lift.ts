/** From a node to affine definitions of its outputs: the table of lifts. */
import { isRefusal, refuse } from '@reparam/core';
import { isStandard, type Scope } from '../analysis/scope.ts';
import type { OnnxNode } from '../proto/node.ts';
import { liftBatchNormalization } from './batch-normalization.ts';
import { type Lift, type Lifted, quantized } from './context.ts';
import { liftConv, liftConvTranspose } from './conv.ts';
import { liftAdd, liftDiv, liftMean, liftMul, liftNeg, liftSub, liftSum } from './elementwise.ts';
import { liftCast, liftDropout, liftIdentity, liftLeakyRelu, liftPRelu } from './identity.ts';
import { isGeluFactor } from './idiom.ts';
import { liftGemm, liftMatMul } from './matrix.ts';
import { liftConcat, liftGather, liftPad, liftSlice, liftSplit } from './move.ts';
import { liftAveragePool } from './pool.ts';

const lifts: Readonly<Record<string, Lift>> = {
  Add: liftAdd,
  AveragePool: liftAveragePool,
  BatchNormalization: liftBatchNormalization,
  Cast: liftCast,
  Concat: liftConcat,
  Conv: liftConv,
  ConvTranspose: liftConvTranspose,
  Div: liftDiv,
  Dropout: liftDropout,
  Gather: liftGather,
  Gemm: liftGemm,
  Identity: liftIdentity,
  LeakyRelu: liftLeakyRelu,
  MatMul: liftMatMul,
  Mean: liftMean,
  Mul: liftMul,
  Neg: liftNeg,
  PRelu: liftPRelu,
  Pad: liftPad,
  Slice: liftSlice,
  Split: liftSplit,
  Sub: liftSub,
  Sum: liftSum,
};

/** What only moves data is traced where no lift of its own takes it. */
function liftByTable(node: OnnxNode, scope: Scope, liftTraced: Lift): Lifted {
  const lifted = lifts[node.opType]?.(node, scope) ?? null;
  return lifted && !isRefusal(lifted) ? lifted : (liftTraced(node, scope) ?? lifted);
}

/** Lifts one node. `quantizedOutputs` are values that a QuantizeLinear reads; `liftTraced` lifts what only moves data. */
export function liftNode(
  node: OnnxNode,
  scope: Scope,
  quantizedOutputs: ReadonlySet<string>,
  liftTraced: Lift,
): Lifted {
  if (!isStandard(scope.model, node) || node.outputs.length === 0 || !node.inputs[0]) return null;
  const lifted = liftByTable(node, scope, liftTraced);
  if (lifted === null || isRefusal(lifted)) return lifted;
  if (node.inputs.some((name) => scope.producers.get(name)?.opType === 'DequantizeLinear' && !scope.constant(name))) {
    return quantized('an input comes from DequantizeLinear');
  }
  if (node.outputs.some((name) => quantizedOutputs.has(name))) return quantized('its output goes to QuantizeLinear');
  if (isGeluFactor(node, scope)) {
    return refuse(
      'idiom',
      'it is the factor of a GELU, which runtimes run as one operator',
      'nothing to do: the model is faster as it is',
    );
  }
  return lifted;
}
