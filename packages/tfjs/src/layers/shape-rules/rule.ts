/** How the shape of a layer's output follows from that of its first input; null where not even the rank is known. */
import type { Size } from '@reparam/core';
import type { Shape } from '../../convert/model-view.ts';
import type { CallContext } from '../call-context.ts';

/** Sizes of all axes; null for one that is not known, or has no name. */
export type OpenShape = readonly (Size | null)[];

export type ShapeRule = (context: CallContext, shape: Shape) => OpenShape | null;
