/** Output shapes of layers that merge several values. */
import { sameSize } from '@reparam/core';
import type { Shape } from '../../convert/model-view.ts';
import type { CallContext } from '../call-context.ts';

export const MERGES: ReadonlySet<string> = new Set(['Add', 'Average', 'Maximum', 'Minimum', 'Multiply', 'Subtract']);

export function broadcast(a: Shape | null, b: Shape | null): Shape | null {
  if (!a || !b || a.length !== b.length) return null;
  const sizes = a.map((size, axis) => {
    const other = b[axis]!;
    if (sameSize(size, other) || other === 1) return size;
    return size === 1 ? other : null;
  });
  return sizes.every((size) => size !== null) ? sizes : null;
}

export function concatenated({ config, inputShapes }: CallContext): Shape | null {
  const shapes = inputShapes.filter((shape) => shape !== null);
  const [first] = shapes;
  if (!first || shapes.length !== inputShapes.length) return null;
  const given = typeof config.axis === 'number' ? config.axis : -1;
  const axis = given < 0 ? given + first.length : given;
  const sizes = shapes.map((shape) => shape[axis]);
  if (!sizes.every((size) => typeof size === 'number')) return null;
  return first.map((size, index) => (index === axis ? sizes.reduce((sum, part) => sum + part, 0) : size));
}
