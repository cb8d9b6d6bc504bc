/** From a node to affine definitions of its outputs: the table of lifts. */
import { isRefusal, refuse } from '@reparam/core';
import { isStandard, type Scope } from '../analysis/scope.ts';
import type { Evaluation } from '../load-evaluation.ts';
import { type OnnxNode, qualifiedName } from '../proto/node.ts';
import { liftBatchNormalization } from './batch-normalization.ts';
import { type Lift, type Lifted, quantized } from './context.ts';
import { liftConv, liftConvTranspose } from './conv.ts';
import { givenByCalls } from './custom-operator.ts';
import { liftAdd, liftDiv, liftMean, liftMul, liftNeg, liftSub, liftSum } from './elementwise.ts';
import { liftCast, liftDropout, liftIdentity, liftLeakyRelu, liftPRelu } from './identity.ts';
import { isGeluFactor } from './idiom.ts';
import { liftGemm, liftMatMul } from './matrix.ts';
import { liftAveragePool } from './pool.ts';

const lifts: Readonly<Record<string, Lift>> = {
  Add: liftAdd,
  AveragePool: liftAveragePool,
  BatchNormalization: liftBatchNormalization,
  Cast: liftCast,
  Conv: liftConv,
  ConvTranspose: liftConvTranspose,
  Div: liftDiv,
  Dropout: liftDropout,
  Gemm: liftGemm,
  Identity: liftIdentity,
  LeakyRelu: liftLeakyRelu,
  MatMul: liftMatMul,
  Mean: liftMean,
  Mul: liftMul,
  Neg: liftNeg,
  PRelu: liftPRelu,
  Sub: liftSub,
  Sum: liftSum,
};

/** What only moves data is traced where no lift of its own takes it. */
function liftByTable(node: OnnxNode, scope: Scope, { moves, liftTraced }: Evaluation): Lifted {
  const lifted = (lifts[node.opType] ?? moves[node.opType])?.(node, scope) ?? null;
  return lifted && !isRefusal(lifted) ? lifted : (liftTraced(node, scope) ?? lifted);
}

/** A linear operator whose attributes come from the calls of its function. */
function refuseUnknown(node: OnnxNode, { model }: Scope): Lifted {
  const isLinear = node.domain === '' && Object.hasOwn(lifts, node.opType) && node.references.length > 0;
  if (!isLinear || model.functions.has(qualifiedName(node))) return null;
  return givenByCalls(`its attribute "${node.references[0]}"`);
}

/** Lifts one node. `quantizedValues` are those that a quantizer reads, at whatever distance; `evaluation` lifts what only moves data. */
export function liftNode(
  node: OnnxNode,
  scope: Scope,
  quantizedValues: ReadonlySet<string>,
  evaluation: Evaluation,
): Lifted {
  if (node.outputs.length === 0 || !node.inputs[0]) return null;
  if (!isStandard(scope.model, node)) return refuseUnknown(node, scope);
  const lifted = liftByTable(node, scope, evaluation);
  if (lifted === null || isRefusal(lifted)) return lifted;
  if (node.inputs.some((name) => scope.maker(name)?.opType === 'DequantizeLinear' && !scope.constant(name))) {
    return quantized('an input comes from DequantizeLinear');
  }
  if (node.outputs.some((name) => quantizedValues.has(name))) return quantized('a quantizer reads what comes of it');
  if (isGeluFactor(node, scope)) {
    return refuse(
      'idiom',
      'it is the factor of a GELU, which runtimes run as one operator',
      'nothing to do: the model is faster as it is',
    );
  }
  return lifted;
}
