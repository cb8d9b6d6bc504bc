/** How the shape of a layer's output follows from that of its first input; null where it is not known. */
import type { Shape } from '../../convert/model-view.ts';
import type { CallContext } from '../call-context.ts';

export type ShapeRule = (context: CallContext, shape: Shape) => Shape | null;
