/**
 * Affine values through movements. What acts on channels alone commutes with whatever moves positions about, or averages over them:
 *
 *     M(W x + b) = W' M'(x) + b'
 *
 * Where the channels stay one axis, W' = W; where they are permuted, a selection stands before W; where they are merged with positions of
 * known number into one axis, W' acts on each position alike, and a convolution becomes the matrix of its taps. So it does with what samples
 * positions, as resizing does: the weights of each position add up to one, and b' = b.
 */
import { gather } from '../lift/select.ts';
import { isPointwise, type Operator } from '../operator.ts';
import type { Size } from '../size.ts';
import type { LazyArray } from '../weight.ts';
import { matrixOfTaps, repeatChannels, repeatOperator } from './merged-positions.ts';
import { type Factor, type Movement, stay } from './movement.ts';

/** How a movement treats the channels of its source. */
export interface ChannelPath {
  /** Where they come out. */
  readonly axis: number;
  /** For each output channel its source's; null where they stay in order. */
  readonly order: readonly number[] | null;
  /** Positions that are merged with the channels: outside and inside of them. */
  readonly outer: number;
  readonly inner: number;
  /** Where the channels are, if the merged positions are the whole spatial axes, in order; null where they are not. */
  readonly wholeMap: 'channels-first' | 'channels-last' | null;
}

/** null where the channels come out on several axes, are averaged or sampled, or are merged with positions of unknown number. */
export function findChannels(movement: Movement, shape: readonly Size[], axis: number): ChannelPath | null {
  const channels = shape[axis];
  const mixed = [...movement.averaged.map((factor) => factor.axis), ...(movement.sampled?.axes ?? [])];
  if (typeof channels !== 'number' || mixed.includes(axis)) return null;
  const places = movement.axes.flatMap((factors, place) =>
    factors.some((factor) => factor.axis === axis) ? [place] : [],
  );
  const [place] = places;
  if (place === undefined || places.length > 1) return null;
  const factors = movement.axes[place]!;
  const own = factors.filter((factor) => factor.axis === axis);
  if (own.length === factors.length) {
    return { axis: place, order: own.length === 1 ? null : channelOrder(own), outer: 1, inner: 1, wholeMap: null };
  }
  if (own.length > 1 || factors.some((factor) => typeof factor.size !== 'number')) return null;
  const at = factors.indexOf(own[0]!);
  const count = (list: readonly Factor[]) => list.reduce((product, factor) => product * (factor.size as number), 1);
  const isOrder = (order: readonly Factor[]) =>
    factors.length === order.length && factors.every((factor, index) => isSame(factor, order[index]!));
  const map = (['channels-first', 'channels-last'] as const).find((order) => isOrder(mapFactors(shape, order)));
  return {
    axis: place,
    order: null,
    outer: count(factors.slice(0, at)),
    inner: count(factors.slice(at + 1)),
    wholeMap: (axis === 1 && map) || null,
  };
}

/** The channels on axis 1 and all spatial axes as one axis. */
function mapFactors(shape: readonly Size[], order: 'channels-first' | 'channels-last'): readonly Factor[] {
  const [channels, ...spatial] = stay(shape).axes.slice(1);
  return order === 'channels-first' ? [...channels!, ...spatial.flat()] : [...spatial.flat(), ...channels!];
}

function isSame(a: Factor, b: Factor): boolean {
  return a.axis === b.axis && a.size === b.size && a.step === b.step;
}

/** Source channel of each output channel, whose digits are the factors. */
function channelOrder(factors: readonly Factor[]): number[] {
  return factors.reduce<number[]>(
    (order, { size, step }) =>
      order.flatMap((start) => Array.from({ length: size as number }, (_, digit) => start + digit * step)),
    [0],
  );
}

/** The movement with the channels left in order as one factor of another size, for what the operator reads. */
export function withChannels(movement: Movement, path: ChannelPath, axis: number, shape: readonly Size[]): Movement {
  const own: Factor[] = shape[axis] === 1 ? [] : [{ axis, size: shape[axis]!, step: 1 }];
  const axes = movement.axes.map((factors, place) => {
    if (place !== path.axis) return factors;
    if (path.order || factors.every((factor) => factor.axis === axis)) return own;
    if (path.wholeMap) return mapFactors(shape, path.wholeMap); // also axes that the operator reduces to one position
    return factors.flatMap((factor) => (factor.axis === axis ? own : [factor]));
  });
  return { ...movement, axes };
}

/** The operator behind the movement; null where it has none. `size` is the spatial size of what it reads. */
export function moveOperator(operator: Operator, path: ChannelPath, size: readonly Size[]): Operator | null {
  if (operator.kind === 'transposed') return null;
  const plain = { ...operator, bias: null };
  if (isPointwise(operator)) return repeatOperator({ ...plain, axes: [] }, path.outer, path.inner);
  if (!path.wholeMap || !size.every((n) => typeof n === 'number')) return null;
  return matrixOfTaps(plain, size, path.wholeMap === 'channels-last');
}

/** The selection of a permutation; null where channels stay in order. */
export function selectionOf({ order }: ChannelPath): Operator | null {
  return order && gather(order.length, order);
}

/** A bias for each merged position. */
export function moveBias(bias: LazyArray | null, { outer, inner }: ChannelPath): LazyArray | null {
  if (bias === null || outer * inner === 1) return bias;
  return repeatChannels(bias, outer, inner);
}
