/** Layers that take axes apart, put them together, reorder them, average over them, or resize maps, as movements. */
import { average, type Movement, reshape, transpose } from '@reparam/core/movement';
import type { Shape } from '../../convert/model-view.ts';
import { type CallContext, fitsLayout } from '../call-context.ts';
import { permutedAxes } from '../shape-rules/moves.ts';

/** `to` is the shape of the layer's output. */
type Move = (movement: Movement, context: CallContext, to: Shape) => Movement | null;

const moves: Readonly<Record<string, Move>> = {
  /** TensorFlow.js flattens channels last, wherever they are. */
  Flatten(movement, { config }, to) {
    const { length } = movement.axes;
    const isFirst = config.data_format === 'channels_first' && length > 2;
    const order = [0, ...Array.from({ length: length - 2 }, (_, axis) => axis + 2), 1];
    return regroup(isFirst ? transpose(movement, order) : movement, to);
  },
  GlobalAveragePooling1D: (movement) => (movement.axes.length === 3 ? average(movement, [1], false) : null),
  GlobalAveragePooling2D(movement, context) {
    if (movement.axes.length !== 4 || !fitsLayout(context)) return null;
    return average(movement, context.layout === 'last' ? [1, 2] : [2, 3], false);
  },
  Permute(movement, { config }) {
    const order = permutedAxes(config, movement.axes.length);
    return order && transpose(movement, order);
  },
  Reshape: (movement, _, to) => regroup(movement, to),
  UpSampling2D(movement, context) {
    if (!fitsLayout(context)) return null;
    const { name, batch_input_shape, ...config } = context.config;
    const key = JSON.stringify({ className: context.className, config });
    return { ...movement, sampled: { key, axes: context.layout === 'last' ? [1, 2] : [2, 3] } };
  },
};

/** What a layer does to the axes of its only input; null where it is no movement. */
export function moveOf(context: CallContext, to: Shape | null): ((before: Movement) => Movement | null) | null {
  const move = Object.hasOwn(moves, context.className) ? moves[context.className] : undefined;
  if (!move || !to || context.inputShapes.length !== 1) return null;
  return (before) => move(before, context, to);
}

function regroup(movement: Movement, to: Shape): Movement | null {
  return reshape(
    movement,
    to.map((size) => [size]),
  );
}
