/** Values that are others moved: taken apart, put together, reordered, averaged over or resized, in the tensor's own order of axes. */
import type { Affine, Size, Twin, Value, ValueId } from '@reparam/core';
import {
  type MovedForms,
  type MovedValue,
  MovedValues,
  type Movement,
  movementSteps,
  stay,
  transpose,
} from '@reparam/core/movement';
import type { ModelNode, ModelView, Shape } from './model-view.ts';
import { movedShape } from './moved-shape.ts';

/** Core has the channels on axis 1, and so have movements there; a view's moves are in the tensor's own order. */
export class FollowedMoves {
  private readonly view: ModelView;
  private readonly values: readonly Value[];
  private readonly ids: ReadonlyMap<string, ValueId>;
  private readonly moved: MovedValues;

  constructor(view: ModelView, values: Value[], ids: ReadonlyMap<string, ValueId>) {
    this.view = view;
    this.values = values;
    this.ids = ids;
    this.moved = new MovedValues(values, formsOf(view));
  }

  /** null where the node's output is no movement. */
  define(node: ModelNode): MovedValue | null {
    const move = this.view.move(node);
    const read = this.ids.get(node.inputs[0]!);
    const shape = this.view.shape(node.outputs[0]!);
    if (!move || read === undefined || !shape) return null;
    const input = this.moved.original(read);
    const from = this.values[input]!;
    if (from.shape.length < 2) return null;
    const start = { source: input, movement: stay(from.shape) };
    const followed = from.moved && !from.moved.movement.sampled ? from.moved : start;
    const made = move(inOwnOrder(followed.movement, this.view));
    const { source, movement } = made?.sampled ? start : followed;
    const moved = made?.sampled ? move(inOwnOrder(movement, this.view)) : made;
    if (moved?.axes.length !== shape.length) return null;
    const order = ownAxes(this.view, shape.length);
    const sampled = moved.sampled && { ...moved.sampled, axes: moved.sampled.axes.map((axis) => order.indexOf(axis)) };
    const defined = this.moved.define(source, { ...transpose(moved, order), sampled }, this.view.viewShape(shape));
    return sampled && defined.definitions.length === 0 ? null : defined; // a value like any other
  }

  /** Another way to make the output that is added next: see core's `MovedValues.addTwin`. */
  addTwin(name: string, definitions: readonly Affine[]): Twin | undefined {
    const shape = this.view.shape(name);
    return shape ? this.moved.addTwin(name, definitions, this.view.viewShape(shape)) : undefined;
  }

  /** Tells that the output has become a value. */
  keep(name: string): void {
    this.moved.keep(this.ids.get(name)!);
  }
}

/** The tensor's own axis of each of core's. */
function ownAxes(view: ModelView, rank: number): number[] {
  return view.viewShape(Array.from({ length: rank }, (_, axis) => axis)) as number[];
}

function inverse(order: readonly number[]): number[] {
  return order.map((_, axis) => order.indexOf(axis));
}

function inOwnOrder(movement: Movement, view: ModelView): Movement {
  return transpose(movement, inverse(ownAxes(view, movement.axes.length)));
}

export function ownShape(shape: Shape, view: ModelView): Shape {
  return inverse(ownAxes(view, shape.length)).map((axis) => shape[axis]!);
}

/** Forms are written on axis 1 alone. */
function formsOf(view: ModelView): MovedForms {
  return {
    channelAxes: (shape) => (shape.length > 1 && typeof shape[1] === 'number' ? [1] : []),
    steps(movement, from, to) {
      const axes = ownAxes(view, from.length);
      let shape = ownShape(from, view);
      const steps = movementSteps(fromOwnAxes(inOwnOrder(movement, view), axes), shape, ownShape(to, view));
      const isHeld = steps?.every((step) => {
        const before = shape;
        shape = movedShape(step, before);
        return view.holdsMovement(step, before);
      });
      return isHeld ? steps! : null;
    },
  };
}

/** The movement of the source in its own order. */
function fromOwnAxes(movement: Movement, axes: readonly number[]): Movement {
  const renamed = <F extends { readonly axis: number; readonly size: Size }>(factor: F) => ({
    ...factor,
    axis: axes[factor.axis]!,
  });
  return {
    ...movement,
    axes: movement.axes.map((factors) => factors.map(renamed)),
    averaged: movement.averaged.map(renamed),
  };
}
