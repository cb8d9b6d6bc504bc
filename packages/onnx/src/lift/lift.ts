/** From a node to affine definitions of its outputs: the table of lifts. */
import { isRefusal, refuse } from '@reparam/core';
import { isStandard, type Scope } from '../analysis/scope.ts';
import type { Evaluation } from '../load-evaluation.ts';
import { type OnnxNode, qualifiedName } from '../proto/node.ts';
import { liftBatchNormalization } from './batch-normalization.ts';
import { type Lift, type Lifted, quantized } from './context.ts';
import { liftConv, liftConvTranspose } from './conv.ts';
import { givenByCalls } from './custom-operator.ts';
import { isDequantized } from './dequantized.ts';
import { liftAdd, liftDiv, liftMean, liftMul, liftNeg, liftSub, liftSum } from './elementwise.ts';
import { liftCast, liftDropout, liftIdentity, liftLeakyRelu, liftPRelu } from './identity.ts';
import { isGeluFactor } from './idiom.ts';
import { liftGemm, liftMatMul } from './matrix.ts';

const lifts: Readonly<Record<string, Lift>> = {
  Add: liftAdd,
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

function liftOf({ opType }: OnnxNode, evaluation: Evaluation): Lift | undefined {
  return lifts[opType] ?? evaluation.lifts[opType];
}

/** What only moves data is traced where no lift of its own takes it. */
function liftByTable(node: OnnxNode, scope: Scope, evaluation: Evaluation): Lifted {
  const lifted = liftOf(node, evaluation)?.(node, scope) ?? null;
  return lifted && !isRefusal(lifted) ? lifted : (evaluation.liftTraced(node, scope) ?? lifted);
}

/** A linear operator whose attributes come from the calls of its function. */
function refuseUnknown(node: OnnxNode, { model }: Scope, evaluation: Evaluation): Lifted {
  const isNamed = node.domain === '' && !(node.opType in Object.prototype);
  const isLinear = isNamed && node.references.length > 0 && liftOf(node, evaluation) !== undefined;
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
  if (!isStandard(scope.model, node)) return refuseUnknown(node, scope, evaluation);
  const lifted = liftByTable(node, scope, evaluation);
  if (lifted === null) return null;
  if (node.inputs.some((name) => isDequantized(name, scope))) return quantized('an input was dequantized just before');
  if (node.outputs.some((name) => quantizedValues.has(name))) return quantized('a quantizer reads what comes of it');
  if (isRefusal(lifted)) return lifted;
  if (isGeluFactor(node, scope)) {
    return refuse(
      'idiom',
      'it is the factor of a GELU, which runtimes run as one operator',
      'nothing to do: the model is faster as it is',
    );
  }
  return lifted;
}
