/** Shapes after steps of movements. */
import type { MovementStep } from '@reparam/core';
import type { Shape } from './model-view.ts';

export function movedShape(step: MovementStep, shape: Shape): Shape {
  switch (step.op) {
    case 'reshape':
    case 'operator':
      return step.shape;
    case 'transpose':
      return step.order.map((axis) => shape[axis]!);
    case 'mean':
      return shape.flatMap((size, axis) => (step.axes.includes(axis) ? (step.keep ? [1] : []) : [size]));
  }
}
