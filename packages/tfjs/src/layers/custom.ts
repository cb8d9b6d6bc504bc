/** The hook by which a caller says what a layer of its own computes. */
import { isRefusal, type Operator, type Refusal, readArray, type Values } from '@reparam/core';
import { type Lifted, oneTerm } from '../convert/lifted.ts';
import type { Shape } from '../convert/model-view.ts';
import type { JsonObject } from '../json.ts';
import { type CallContext, channelsOf } from './call-context.ts';

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

/** undefined where there is no hook for the layer. */
export function liftCustom(hooks: CustomLifts, context: CallContext, inputs: readonly string[]): Lifted | undefined {
  const hook = Object.hasOwn(hooks, context.className) ? hooks[context.className] : undefined;
  if (!hook) return undefined;
  const [shape] = context.inputShapes;
  const channels = shape ? channelsOf(shape, context.layout) : undefined;
  if (!shape || inputs.length !== 1 || typeof channels !== 'number') return null;
  const { name, className, config } = context;
  const operator = hook({
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
  if (!operator || isRefusal(operator)) return operator;
  return [oneTerm(inputs[0]!, operator)];
}
