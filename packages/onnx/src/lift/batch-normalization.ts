/** Lifts BatchNormalization in inference mode. */
import { batchNorm, isReady, isRefusal, readArray, refuse, type Values } from '@reparam/core';
import { floatAttribute, intAttribute } from '../analysis/attributes.ts';
import { floatConstant, floatShape, type Lift, oneTerm, unknownShape } from './context.ts';

export const liftBatchNormalization: Lift = (node, scope) => {
  const { opset } = scope;
  const usesStatistics = node.outputs.slice(1).some((name) => name !== '');
  const training =
    usesStatistics ||
    (opset < 7 ? intAttribute(node, 'is_test', 0) === 0 : intAttribute(node, 'training_mode', 0) === 1);
  if (training) {
    return refuse(
      'training-mode',
      'the normalization computes statistics of its input (training mode)',
      'call model.eval() before exporting',
    );
  }
  if (opset < 9 && intAttribute(node, 'spatial', 1) === 0) return null; // one statistic per element
  const statistics: Values[] = [];
  for (const [place, role] of ['scale', 'shift', 'mean', 'variance'].entries()) {
    const constant = floatConstant(scope, node.inputs[place + 1], role);
    if (isRefusal(constant)) return constant;
    if (!isReady(constant.values)) return null;
    statistics.push(readArray(constant.values));
  }
  const shape = floatShape(scope, node.inputs[0]!);
  if (!shape) return unknownShape(node.inputs[0]!, scope);
  const [gamma, beta, mean, variance] = statistics as [Values, Values, Values, Values];
  const epsilon = Math.fround(floatAttribute(node, 'epsilon', 1e-5));
  const channels = shape[1];
  const fits = statistics.every((values) => values.length === channels);
  if (shape.length < 2 || !fits || !variance.every((value) => value + epsilon > 0)) return null;
  const operator = batchNorm({ gamma, beta, mean, variance, epsilon });
  return oneTerm(node.inputs[0]!, new Map([[1, operator]]));
};
