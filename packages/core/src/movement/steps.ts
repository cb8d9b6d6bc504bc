/** How a movement is written: a mean, a reshape that splits axes, a transpose, a reshape that merges them; each only where needed. */
import { type Size, sameShape, sameSize } from '../size.ts';
import { type Factor, type Movement, stay } from './movement.ts';

export type MovementStep =
  | { readonly op: 'mean'; readonly axes: readonly number[]; readonly keep: boolean }
  /** At most one size is not that of the same axis of `from`: it follows from the others. */
  | { readonly op: 'reshape'; readonly from: readonly Size[]; readonly shape: readonly Size[] }
  | { readonly op: 'transpose'; readonly order: readonly number[] }
  /** An operator that only the adapter knows, by what it made of it (see `Sampling`); `shape` is that of the result. */
  | { readonly op: 'operator'; readonly key: string; readonly shape: readonly Size[] };

/** Steps from a source of one shape to a result of another; null where they cannot be written. */
export function movementSteps(
  movement: Movement,
  shape: readonly Size[],
  result: readonly Size[],
): readonly MovementStep[] | null {
  if (movement.sampled) return [{ op: 'operator', key: movement.sampled.key, shape: result }];
  if (movement.averaged.some((factor) => !isWholeAxis(factor, shape))) return null;
  const means = movement.averaged.map((factor) => factor.axis).sort((a, b) => a - b);
  const mean = meanStep(means, shape, result);
  const averaged = mean
    ? mean.keep
      ? shape.map((size, axis) => (means.includes(axis) ? 1 : size))
      : dropAxes(shape, means)
    : shape;
  const kept =
    mean && !mean.keep
      ? shape.map((_, axis) => axis).filter((axis) => !means.includes(axis))
      : shape.map((_, axis) => axis);
  const steps = [...(mean ? [mean] : []), ...moveSteps(movement, averaged, kept, result)];
  return steps.every(isWritable) ? steps : null;
}

function meanStep(means: readonly number[], shape: readonly Size[], result: readonly Size[]) {
  if (means.length === 0) return null;
  return { op: 'mean', axes: means, keep: !sameShape(dropAxes(shape, means), result) } as const;
}

function dropAxes(shape: readonly Size[], axes: readonly number[]): readonly Size[] {
  return shape.filter((_, axis) => !axes.includes(axis));
}

/** `kept[i]` is the source's axis that is axis i of `from`. */
function moveSteps(
  movement: Movement,
  from: readonly Size[],
  kept: readonly number[],
  result: readonly Size[],
): MovementStep[] {
  const factors = movement.axes.flat();
  const inSource = [...factors].sort((a, b) => a.axis - b.axis || b.step - a.step);
  const moves = factors.map((factor) => inSource.indexOf(factor));
  if (moves.every((place, index) => place === index)) return reshapeTo(from, result);
  const whole = wholeAxes(movement, from, kept);
  if (whole) return [{ op: 'transpose', order: whole }];
  const [split, moved] = [inSource.map((factor) => factor.size), factors.map((factor) => factor.size)];
  const isWhole = sameShape(withoutUnits(from), split); // no axis is taken apart
  const isResult = !isWhole && sameShape(withoutUnits(result), moved);
  const before = isWhole ? from : isResult ? [...result.filter((size) => size === 1), ...split] : split;
  const order = orderOf(before, moves, isResult ? result : moved);
  const after = order.map((axis) => before[axis]!);
  return [...reshapeTo(from, before), { op: 'transpose', order }, ...reshapeTo(after, result)];
}

function withoutUnits(shape: readonly Size[]): readonly Size[] {
  return shape.filter((size) => size !== 1);
}

/** The order of a transpose to `shape`, axes of size 1 in their order; those that it has none of come first. */
function orderOf(before: readonly Size[], moves: readonly number[], shape: readonly Size[]): number[] {
  const places = (isUnit: boolean) => before.flatMap((size, axis) => ((size === 1) === isUnit ? [axis] : []));
  const [units, others, rest] = [places(true), places(false), [...moves]];
  const order = shape.map((size) => (size === 1 ? units.shift()! : others[rest.shift()!]!));
  return [...units, ...order];
}

function reshapeTo(from: readonly Size[], shape: readonly Size[]): MovementStep[] {
  return sameShape(from, shape) ? [] : [{ op: 'reshape', from, shape }];
}

/** The order of a transpose that does it alone: each axis of the result is one whole axis, or one of size 1. */
function wholeAxes({ axes }: Movement, from: readonly Size[], kept: readonly number[]): number[] | null {
  const units = from.flatMap((size, axis) => (size === 1 ? [axis] : []));
  const order = axes.map((factors) => {
    if (factors.length === 0) return units.shift() ?? -1;
    const at = kept.indexOf(factors[0]!.axis);
    return factors.length === 1 && at >= 0 && sameSize(factors[0]!.size, from[at]!) ? at : -1;
  });
  return order.length === from.length && !order.includes(-1) && units.length === 0 ? order : null;
}

function isWholeAxis(factor: Factor, shape: readonly Size[]): boolean {
  const [whole] = stay(shape).axes[factor.axis]!;
  return whole !== undefined && sameSize(whole.size, factor.size);
}

function isWritable(step: MovementStep): boolean {
  if (step.op !== 'reshape') return true;
  const { from, shape } = step;
  const open = shape.filter((size, axis) => typeof size !== 'number' && !(from[axis] && sameSize(from[axis], size)));
  return open.length <= 1;
}
