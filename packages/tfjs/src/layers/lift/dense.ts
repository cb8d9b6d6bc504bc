/** Lifts the linear part of Dense: a matrix on the last axis, whatever the rank. */
import { convOf } from '@reparam/core';
import { fromKernel } from '../../artifacts/kernel-layout.ts';
import { oneTerm } from '../../convert/lifted.ts';
import { weightValues } from '../call-context.ts';
import { biasOf } from './convolution.ts';
import { type LayerLift, onlyInput } from './layer-lift.ts';

export const liftDense: LayerLift = (context, [input]) => {
  const found = onlyInput(context);
  if (!found || (context.layout === 'first' && found.shape.length > 2)) return null;
  const { channels: inChannels } = found;
  const weight = weightValues(context, 'kernel', (shape) => shape.length === 2 && shape[0] === inChannels);
  const outChannels = weight?.shape[1];
  if (!weight || !outChannels) return null;
  const values = fromKernel(weight.values, 1, inChannels, outChannels);
  return oneTerm(
    input!,
    convOf(values, biasOf(context, outChannels), { outChannels, inChannels, groups: 1, axes: [] }),
  );
};
