/** The way back: the movement that undoes another one. */
import type { Size } from '../size.ts';
import { type Factor, type Movement, mergeFactors } from './movement.ts';

/**
 * From the result of a movement to its source, whose shape is `shape`; null where elements were averaged or sampled, or where an axis of the result
 * has a part of unknown size beside others.
 */
export function invert({ axes, averaged, sampled }: Movement, shape: readonly Size[]): Movement | null {
  if (averaged.length > 0 || sampled) return null;
  const parts: { readonly source: Factor; readonly back: Factor }[] = [];
  for (const [axis, factors] of axes.entries()) {
    if (factors.length > 1 && factors.some(({ size }) => typeof size !== 'number')) return null;
    let step = 1;
    for (const source of [...factors].reverse()) {
      parts.push({ source, back: { axis, size: source.size, step } });
      if (typeof source.size === 'number') step *= source.size;
    }
  }
  const back = shape.map((_, axis) => {
    const own = parts.filter(({ source }) => source.axis === axis);
    return mergeFactors(own.sort((a, b) => b.source.step - a.source.step).map((part) => part.back));
  });
  return { rank: axes.length, axes: back, averaged: [] };
}
