/** Output shapes of layers that merge several values. */
import { type Size, sameSize } from '@reparam/core';
import type { Shape } from '../../convert/model-view.ts';
import type { CallContext } from '../call-context.ts';
import type { OpenShape } from './rule.ts';

export const MERGES: ReadonlySet<string> = new Set(['Add', 'Average', 'Maximum', 'Minimum', 'Multiply', 'Subtract']);

/** A value of fewer axes gets them behind the batch. What two sizes that are not known make is known of neither. */
export function broadcast(a: OpenShape | null, b: Shape | null): OpenShape | null {
  if (!a || !b) return null;
  const rank = Math.max(a.length, b.length);
  const [first, second] = [a, b].map((shape) => [
    shape[0]!,
    ...new Array<Size>(rank - shape.length).fill(1),
    ...shape.slice(1),
  ]);
  return first!.map((size, axis) => broadcastSize(size, second![axis]!));
}

function broadcastSize(a: Size | null, b: Size | null): Size | null {
  if (a !== null && b !== null && sameSize(a, b)) return a;
  if (a === 1) return b;
  if (b === 1 || typeof a === 'number') return a;
  return typeof b === 'number' ? b : null;
}

export function concatenated({ config, inputShapes }: CallContext): OpenShape | null {
  const shapes = inputShapes.filter((shape) => shape !== null);
  const [first] = shapes;
  if (!first || shapes.length !== inputShapes.length) return null;
  const given = typeof config.axis === 'number' ? config.axis : -1;
  const axis = given < 0 ? given + first.length : given;
  const sizes = shapes.map((shape) => shape[axis]);
  const total = sizes.every((size) => typeof size === 'number') ? sizes.reduce((sum, part) => sum + part, 0) : null;
  return first.map((size, index) => (index === axis ? total : size));
}
