/**
 * Movements: what reshapes, transposes and means over axes do to a tensor, as one normal form. Each axis of the result is a list of
 * factors, parts of the axes of the source. Chains of such operators have one normal form however they are written, so a channel shuffle
 * is seen to be a permutation, and a reshape there and back to be nothing.
 */
import { formatSize, type Size, sameSize } from '../size.ts';

/**
 * A part of one axis of the source: an axis of size 12 may be a factor of size 3 with steps of 4, and one of size 4 with steps of 1. A size
 * that is a symbol is never split, so its step is 1.
 */
export interface Factor {
  readonly axis: number;
  readonly size: Size;
  /** Positions of the source's axis from one index of the factor to the next. */
  readonly step: number;
}

/**
 * What resizing, pooling and padding with values of the map do to positions: each new one is a mean of old ones, by weights that add up to
 * one and are the same for all channels. How, an adapter knows.
 */
export interface Sampling {
  /** What an adapter writes it from; equal for equal samplings of equal sizes. */
  readonly key: string;
  /** Axes along which positions are mixed. */
  readonly axes: readonly number[];
}

export interface Movement {
  /** Axes of the source. */
  readonly rank: number;
  /** Factors of each axis of the result, outermost first; an axis of size 1 has none. */
  readonly axes: readonly (readonly Factor[])[];
  /** Factors that a mean was taken over. */
  readonly averaged: readonly Factor[];
  /** Where there is one, each axis stays, but for its positions. Nothing follows in the same movement. */
  readonly sampled?: Sampling | undefined;
}

/** Nothing moves. */
export function stay(shape: readonly Size[]): Movement {
  const axes = shape.map((size, axis) => (size === 1 ? [] : [{ axis, size, step: 1 }]));
  return { rank: shape.length, axes, averaged: [] };
}

/** Axis i of the result is axis `order[i]`. */
export function transpose(movement: Movement, order: readonly number[]): Movement {
  return { ...movement, axes: order.map((axis) => movement.axes[axis]!) };
}

/** Positions are sampled. */
export function sample(shape: readonly Size[], sampled: Sampling): Movement {
  return { ...stay(shape), sampled };
}

/** The mean over some axes, which stay with size 1, or go. */
export function average(movement: Movement, axes: readonly number[], keep: boolean): Movement {
  const averaged = [...movement.averaged, ...axes.flatMap((axis) => movement.axes[axis]!)];
  const left = movement.axes.flatMap((factors, axis) => (axes.includes(axis) ? (keep ? [[]] : []) : [factors]));
  return { ...movement, axes: left, averaged };
}

/**
 * The same elements in the same order on other axes; each target axis is given as the product of some sizes. null where an axis cannot be
 * made of whole factors, and of parts of factors whose size is a number.
 */
export function reshape(movement: Movement, target: readonly (readonly Size[])[]): Movement | null {
  const queue = movement.axes.flat();
  const axes: (readonly Factor[])[] = [];
  for (const sizes of target) {
    const factors = takeFactors(queue, sizes);
    if (!factors) return null;
    axes.push(mergeFactors(factors));
  }
  return queue.length === 0 ? { ...movement, axes } : null;
}

/** Takes factors off the queue until their product is that of the sizes. */
function takeFactors(queue: Factor[], sizes: readonly Size[]): Factor[] | null {
  const symbols = sizes.filter((size) => typeof size !== 'number');
  let number = sizes.reduce<number>((product, size) => (typeof size === 'number' ? product * size : product), 1);
  const factors: Factor[] = [];
  while (number !== 1 || symbols.length > 0) {
    const next = queue.shift();
    if (!next) return null;
    if (typeof next.size !== 'number') {
      const place = symbols.findIndex((size) => sameSize(size, next.size));
      if (place < 0) return null;
      symbols.splice(place, 1);
      factors.push(next);
    } else if (number % next.size === 0) {
      number /= next.size;
      factors.push(next);
    } else if (number > 1 && next.size % number === 0) {
      const inner = next.size / number;
      factors.push({ ...next, size: number, step: next.step * inner });
      queue.unshift({ ...next, size: inner });
      number = 1;
    } else return null;
  }
  return factors;
}

/** Joins neighbours that are neighbours in the source too. */
export function mergeFactors(factors: readonly Factor[]): readonly Factor[] {
  const merged: Factor[] = [];
  for (const factor of factors) {
    const last = merged.at(-1);
    const joins =
      last?.axis === factor.axis && typeof last.size === 'number' && typeof factor.size === 'number'
        ? last.step === factor.step * factor.size
        : false;
    if (joins) merged[merged.length - 1] = { ...factor, size: (last!.size as number) * (factor.size as number) };
    else merged.push(factor);
  }
  return merged;
}

/** Whether two movements of one source are the same. */
export function sameMovement(a: Movement, b: Movement): boolean {
  return movementKey(a) === movementKey(b);
}

/** Equal for equal movements. */
export function movementKey({ axes, averaged, sampled }: Movement): string {
  const name = ({ axis, size, step }: Factor) => `${axis}:${formatSize(size)}:${step}`;
  return `${axes.map((factors) => factors.map(name).join('*')).join()}/${averaged.map(name).sort().join()}${sampled ? `/${sampled.key}` : ''}`;
}

/** Nothing moves, nothing is averaged. */
export function isStay(movement: Movement, shape: readonly Size[]): boolean {
  return sameMovement(movement, stay(shape));
}

/** Sizes of the result, all sizes of the source being known; those that are sampled stay what they were. */
export function movedDims({ axes }: Movement, dims: readonly number[]): number[] {
  return axes.map((factors) => factors.reduce((product, factor) => product * factorDim(factor, dims), 1));
}

/** A factor that is a symbol is a whole axis. */
export function factorDim({ axis, size }: Factor, dims: readonly number[]): number {
  return typeof size === 'number' ? size : dims[axis]!;
}
