/** Lifts Add, Average and Concatenate. */
import { embed, identity, type Refusal, refuse, sameShape, sameSize, scale } from '@reparam/core';
import type { NamedAffine } from '../../convert/lifted.ts';
import { type CallContext, channelsOf } from '../call-context.ts';
import type { LayerLift } from './layer-lift.ts';

export const liftAdd: LayerLift = (context, inputs) => sumOf(context, inputs, 1);

export const liftAverage: LayerLift = (context, inputs) => sumOf(context, inputs, 1 / inputs.length);

function sumOf(
  { inputShapes, layout, className }: CallContext,
  inputs: readonly string[],
  factor: number,
): NamedAffine | Refusal | null {
  const [first] = inputShapes;
  if (!first || first.length < 2) return null;
  if (!inputShapes.every((shape) => shape !== null && sameShape(shape, first))) {
    return refuse(
      'broadcast',
      `the inputs of ${className} have, or for some input may have, different shapes: that is broadcasting`,
      'declare the input size where the shapes are equal (inputShape; CLI: --shape)',
    );
  }
  const channels = channelsOf(first, layout);
  if (typeof channels !== 'number') return null;
  const operator = factor === 1 ? identity(channels) : scale(channels, factor);
  return { terms: inputs.map((input) => ({ operator, input })), bias: null };
}

export const liftConcatenate: LayerLift = ({ config, inputShapes, layout }, inputs) => {
  const [first] = inputShapes;
  if (!first || first.length < 2) return null;
  const given = typeof config.axis === 'number' ? config.axis : -1;
  const axis = given < 0 ? given + first.length : given;
  const channelAxis = layout === 'last' ? first.length - 1 : 1;
  const fits = inputShapes.every(
    (shape) =>
      shape?.length === first.length && shape.every((size, index) => index === axis || sameSize(size, first[index]!)),
  );
  const sizes = inputShapes.map((shape) => shape?.[axis]);
  if (axis !== channelAxis || !fits || !sizes.every((size) => typeof size === 'number')) return null;
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let start = 0;
  const terms = inputs.map((input, place) => {
    const operator = embed(total, start, sizes[place]!);
    start += sizes[place]!;
    return { operator, input };
  });
  return { terms, bias: null };
};
