/** Drafts the layers of one step of a movement: the batch stays where it is, and means are over all spatial axes. */
import { type MovementStep, sameSize } from '@reparam/core';
import type { Shape } from '../../convert/model-view.ts';
import type { Layout } from '../call-context.ts';
import type { LayerDraft } from './layer-writer.ts';

/** Whether stock layers do it to a value of this shape. */
export function holdsMovement(step: MovementStep, from: Shape, layout: Layout): boolean {
  switch (step.op) {
    case 'mean': {
      const start = layout === 'last' ? 1 : 2;
      const isSpatial = step.axes.every((axis, index) => axis === start + index);
      return isSpatial && step.axes.length === from.length - 2 && (from.length === 4 || isPooled(from, layout));
    }
    case 'transpose':
      return step.order[0] === 0;
    case 'reshape': {
      const [batch, ...sizes] = step.shape;
      const open = sizes.filter((size) => typeof size !== 'number');
      return sizes.length > 0 && sameSize(batch!, from[0]!) && open.length < 2; // one follows from the others
    }
    case 'operator':
      return true;
  }
}

/** GlobalAveragePooling1D reads channels last. */
function isPooled(from: Shape, layout: Layout): boolean {
  return from.length === 3 && layout === 'last';
}

/** Layers that follow each other; `shape` is that of the result. */
export function draftMovement(step: MovementStep, input: string, shape: Shape, layout: Layout): LayerDraft[] {
  const draft = (className: string, config: LayerDraft['config']): LayerDraft => {
    return { className, inputs: [input], config, weights: {}, macsPerElement: 0, shape };
  };
  const reshaped = () => {
    const target_shape = shape.slice(1).map((size) => (typeof size === 'number' ? size : -1));
    return shape.length === 2 ? draft('Flatten', {}) : draft('Reshape', { target_shape });
  };
  switch (step.op) {
    case 'mean': {
      const rank = step.axes.length;
      const data_format = layout === 'first' ? 'channels_first' : 'channels_last';
      const mean = draft(`GlobalAveragePooling${rank}D`, rank === 2 ? { data_format } : {});
      return step.keep ? [mean, reshaped()] : [mean];
    }
    case 'transpose':
      return [draft('Permute', { dims: step.order.slice(1) })];
    case 'reshape':
      return [reshaped()];
    case 'operator': {
      const { className, config }: Pick<LayerDraft, 'className' | 'config'> = JSON.parse(step.key);
      return [draft(className, config)];
    }
  }
}
