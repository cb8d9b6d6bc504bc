/** The hook by which a caller says what a layer of its own computes. */
import { isRefusal, type Operator, outputSize, pointAxis, type Refusal, readArray, type Values } from '@reparam/core';
import { type Lifted, oneTerm } from '../convert/lifted.ts';
import type { Shape } from '../convert/model-view.ts';
import type { JsonObject } from '../json.ts';
import { type CallContext, channelsOf, shapeWith, spatialOf } from './call-context.ts';

/** A layer that TensorFlow.js does not have. */
export interface CustomLayer {
  readonly name: string;
  readonly className: string;
  readonly config: JsonObject;
  /** Shape of its only input, batch first, in the model's own order; null sizes are not known. */
  readonly inputShape: readonly (number | null)[];
  /** Number of channels of its input. */
  readonly channels: number;
  /** A weight by its name within the layer, or undefined. */
  weight(role: string): { readonly shape: readonly number[]; readonly values: Values } | undefined;
}

/**
 * By class name: the operator that a layer is, on the channels of its input, which keeps the value's rank; null where it is not linear.
 *
 * @example
 * { ScaleLayer: ({ channels, weight }) => scale(channels, weight('gamma').values) }
 */
export type CustomLifts = Readonly<Record<string, (layer: CustomLayer) => Operator | Refusal | null>>;

/** What the hook for a layer says; undefined where there is none. */
export function customOperator(hooks: CustomLifts, context: CallContext): Operator | Refusal | null | undefined {
  const hook = Object.hasOwn(hooks, context.className) ? hooks[context.className] : undefined;
  if (!hook) return undefined;
  const [shape] = context.inputShapes;
  const channels = shape ? channelsOf(shape, context.layout) : undefined;
  if (!shape || context.inputShapes.length !== 1 || typeof channels !== 'number') return null;
  const { name, className, config } = context;
  return hook({
    name,
    className,
    config,
    inputShape: shape.map((size: Shape[number]) => (typeof size === 'number' ? size : null)),
    channels,
    weight: (role) => {
      const stored = context.weight(role);
      return stored && { shape: stored.spec.shape, values: readArray(stored.values) };
    },
  });
}

export function liftCustom(operator: Operator | Refusal | null, input: string): Lifted {
  return operator === null || isRefusal(operator) ? operator : [oneTerm(input, operator)];
}

/** Shape of what the operator writes. */
export function customShape(operator: Operator | Refusal | null, { inputShapes, layout }: CallContext): Shape | null {
  const [shape] = inputShapes;
  if (!shape || operator === null || isRefusal(operator) || operator.kind === 'transposed') return null;
  const sizes = spatialOf(shape, layout).map((size, axis) => outputSize(operator.axes[axis] ?? pointAxis, size));
  return shapeWith(shape, layout, sizes, operator.outChannels);
}
