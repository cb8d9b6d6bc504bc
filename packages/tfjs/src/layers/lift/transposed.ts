/** Lifts the linear part of Conv2DTranspose and Conv3DTranspose. */
import { transposedOf } from '@reparam/core';
import { fromTapsFirst } from '../../artifacts/kernel-layout.ts';
import { countOf } from '../../artifacts/weight-store.ts';
import { oneTerm } from '../../convert/lifted.ts';
import { transposedAxis } from '../../convert/transposed-axis.ts';
import { axisList, fitsLayout, weightValues } from '../call-context.ts';
import { biasOf } from './convolution.ts';
import { type LayerLift, onlyInput } from './layer-lift.ts';

export function liftTransposed(rank: number): LayerLift {
  return (context, [input]) => {
    const { config } = context;
    const found = onlyInput(context);
    const kernel = axisList(config, 'kernel_size', rank, 1);
    const stride = axisList(config, 'strides', rank, 1);
    if (!found || !kernel || !stride || found.shape.length !== rank + 2 || !fitsLayout(context)) return null;
    const axes = kernel.map((size, axis) =>
      transposedAxis(String(config.padding ?? 'valid'), size, stride[axis]!, rank),
    );
    if (!axes.every((axis) => axis !== null)) return null;
    const { channels: inChannels } = found;
    const weight = weightValues(
      context,
      'kernel',
      (shape) => shape.slice(0, rank).join() === kernel.join() && shape[rank + 1] === inChannels,
    );
    const outChannels = weight?.shape[rank];
    if (!weight || !outChannels) return null;
    const values = fromTapsFirst(weight.values, countOf(kernel));
    const shape = { outChannels, inChannels, groups: 1, axes };
    return oneTerm(input!, transposedOf(values, biasOf(context, outChannels), shape));
  };
}
