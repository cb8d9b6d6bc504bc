/** What lifts of layers are given and what they answer. */
import type { Refusal } from '@reparam/core';
import type { NamedAffine } from '../../convert/lifted.ts';
import type { Shape } from '../../convert/model-view.ts';
import { type CallContext, channelsOf } from '../call-context.ts';

/** `inputs` are the names of the values it is called on. */
export type LayerLift = (context: CallContext, inputs: readonly string[]) => NamedAffine | Refusal | null;

/** Shape and channel count of the only input; null where they are not known, or there are several inputs. */
export function onlyInput({ inputShapes, layout }: CallContext): { shape: Shape; channels: number } | null {
  const [shape] = inputShapes;
  if (!shape || inputShapes.length !== 1 || shape.length < 2) return null;
  const channels = channelsOf(shape, layout);
  return typeof channels === 'number' && channels > 0 ? { shape, channels } : null;
}
