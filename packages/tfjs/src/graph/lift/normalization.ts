/** Lifts FusedBatchNorm in inference mode, and BiasAdd. */
import { batchNorm, constantArray, diagonal, dropZero, readArray, refuse, type Values } from '@reparam/core';
import { oneTerm } from '../../convert/lifted.ts';
import { flagAttribute, numberAttribute } from '../attributes.ts';
import { type NodeLift, notConstant, refuseChannelsFirst, valueShape, vector } from './node-lift.ts';

export const liftBatchNorm: NodeLift = (node, scope) => {
  const { attributes, inputs } = node;
  const turned = refuseChannelsFirst(node);
  if (turned) return turned;
  if (flagAttribute(attributes, 'is_training', false)) {
    return refuse('training-mode', `${node.op} "${node.name}" is in training mode`, 'export the model for inference');
  }
  const found = valueShape(scope, inputs[0]);
  if (!found) return null;
  const vectors = inputs.slice(1, 5).map((name) => vector(scope, name, found.channels));
  if (vectors.length < 4 || vectors.some((values) => values === null)) return notConstant(node, 'statistics');
  const [gamma, beta, mean, variance] = vectors.map((values) => readArray(values!)) as [Values, Values, Values, Values];
  const epsilon = numberAttribute(attributes, 'epsilon', 1e-3);
  if (!Array.prototype.every.call(variance, (value: number) => value + epsilon > 0)) return null;
  return [oneTerm(inputs[0]!, batchNorm({ gamma, beta, mean, variance, epsilon }))];
};

export const liftBiasAdd: NodeLift = (node, scope) => {
  const turned = refuseChannelsFirst(node);
  if (turned) return turned;
  const found = valueShape(scope, node.inputs[0]);
  if (!found) return null;
  const bias = vector(scope, node.inputs[1], found.channels);
  if (!bias) return notConstant(node, 'bias');
  return [oneTerm(node.inputs[0]!, diagonal(found.channels, constantArray(found.channels, 1), dropZero(bias)))];
};
