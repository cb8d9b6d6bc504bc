/**
 * Affine values through movements. What acts on channels alone commutes with whatever moves positions about, or averages over them:
 *
 *     M(W x + b) = W' M'(x) + b'
 *
 * Where the channels stay one axis, W' = W; where they are permuted, a selection stands before W; where they are merged with positions of
 * known number into one axis, W' acts on each position alike, and a convolution becomes the matrix of its taps.
 */
import { evaluatedSize } from '../channel-evaluator.ts';
import { gather } from '../lift/select.ts';
import { isPointwise, type Operator, tapCount, withRank } from '../operator.ts';
import type { Size } from '../size.ts';
import { diagonalSupport, groupedSupport, isFullDiagonal, listBlocks, pairCount } from '../support.ts';
import { derivedArray, type LazyArray, newArray, readArray, type Values } from '../weight.ts';
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

/** null where the channels come out on several axes, are averaged, or are merged with positions of unknown number. */
export function findChannels(movement: Movement, shape: readonly Size[], axis: number): ChannelPath | null {
  const channels = shape[axis];
  if (typeof channels !== 'number' || movement.averaged.some((factor) => factor.axis === axis)) return null;
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

function repeatChannels(values: LazyArray, outer: number, inner: number): LazyArray {
  const { length } = values;
  return derivedArray(length * outer * inner, [values], (memo) => {
    const read = readArray(values, memo);
    return Float64Array.from(
      { length: length * outer * inner },
      (_, index) => read[Math.floor(index / inner) % length]!,
    );
  });
}

/** Largest matrix that is made of an operator on merged positions. */
const LARGEST = 2 ** 26;

/** The same on each position: W x identity. */
function repeatOperator(operator: Operator, outer: number, inner: number): Operator | null {
  const times = outer * inner;
  if (times === 1) return operator;
  const [outChannels, inChannels] = [operator.outChannels * times, operator.inChannels * times];
  const { constant } = operator.weight;
  if (isFullDiagonal(operator.support, operator.outChannels, operator.inChannels)) {
    const repeated = repeatChannels(operator.weight, outer, inner);
    const weight = constant === undefined ? repeated : { ...repeated, constant };
    return { ...operator, outChannels, inChannels, support: diagonalSupport(outChannels), weight };
  }
  return onPositions(operator, outer, inner, inner, (write, [value]) => {
    for (let q = 0; q < inner; q++) write(q, q, value!);
  });
}

/** A convolution on a map of known size as a matrix from all positions to all positions. */
function matrixOfTaps(operator: Operator, size: readonly number[], channelsLast: boolean): Operator | null {
  const axes = withRank(operator, size.length);
  const outSize = evaluatedSize(operator, size);
  const count = (dims: readonly number[]) => dims.reduce((product, n) => product * n, 1);
  const [positions, outPositions] = [count(size), count(outSize)];
  if (outPositions === 0) return null;
  const matrix = onPositions(operator, 1, outPositions, positions, (write, taps) => {
    for (let p = 0; p < outPositions; p++) {
      for (let k = 0; k < taps.length; k++) {
        const position = readPosition(p, k, axes, outSize, size);
        if (position >= 0) write(p, position, taps[k]!);
      }
    }
  });
  return channelsLast && matrix ? withChannelsLast(matrix, outPositions, positions) : matrix;
}

/** The same matrix where the positions are outside of the channels, of what is read and of what comes out. */
function withChannelsLast(matrix: Operator, outPositions: number, positions: number): Operator {
  const { outChannels, inChannels } = matrix;
  const place = (index: number, count: number, total: number) =>
    (index % count) * (total / count) + Math.floor(index / count);
  const weight = derivedArray(outChannels * inChannels, [matrix.weight], (memo) => {
    const values = readArray(matrix.weight, memo);
    const result = newArray(outChannels * inChannels, memo);
    for (const { outStart, outSize, inStart, inSize, offset } of listBlocks(matrix.support)) {
      for (let o = 0; o < outSize; o++) {
        const row = place(outStart + o, outPositions, outChannels) * inChannels;
        for (let i = 0; i < inSize; i++)
          result[row + place(inStart + i, positions, inChannels)] = values[offset + o * inSize + i]!;
      }
    }
    return result;
  });
  return { ...matrix, support: groupedSupport(outChannels, inChannels, 1), weight };
}

/** Position that tap k of output p reads; -1 in the padding. */
function readPosition(
  p: number,
  k: number,
  axes: Operator['axes'],
  outSize: readonly number[],
  size: readonly number[],
): number {
  let [output, tap, position, step] = [p, k, 0, 1];
  for (let index = axes.length - 1; index >= 0; index--) {
    const axis = axes[index]!;
    const at = axis.stride * (output % outSize[index]!) + axis.dilation * (tap % axis.kernel) - axis.padBegin;
    if (at < 0 || at >= size[index]!) return -1;
    position += at * step;
    step *= size[index]!;
    output = Math.floor(output / outSize[index]!);
    tap = Math.floor(tap / axis.kernel);
  }
  return position;
}

/** Adds to what output position p reads at input position q. */
type Write = (p: number, q: number, value: number) => void;

/**
 * A dense operator on channels that are merged with positions, `outer` times over: each block of channels becomes one of its channels and
 * their positions, which `fill` writes for one pair of channels. null where it would be too large.
 */
function onPositions(
  operator: Operator,
  outer: number,
  outPositions: number,
  positions: number,
  fill: (write: Write, taps: Values) => void,
): Operator | null {
  const [outChannels, inChannels] = [operator.outChannels * outPositions, operator.inChannels * positions];
  if (outer * outChannels * outer * inChannels > LARGEST) return null;
  const support = Array.from({ length: outer }, (_, o) =>
    operator.support.map(({ count, outStart, outSize, inStart, inSize }) => ({
      count,
      outStart: outStart * outPositions + o * outChannels,
      outSize: outSize * outPositions,
      inStart: inStart * positions + o * inChannels,
      inSize: inSize * positions,
    })),
  ).flat();
  const pairs = pairCount(operator.support) * outPositions * positions;
  const weight = derivedArray(outer * pairs, [operator.weight], (memo) => {
    const values = readArray(operator.weight, memo);
    const result = newArray(outer * pairs, memo);
    const taps = tapCount(operator.axes);
    for (const { outSize, inSize, offset } of listBlocks(operator.support)) {
      for (let pair = 0; pair < outSize * inSize; pair++) {
        const width = inSize * positions;
        const row = offset * outPositions * positions + Math.floor(pair / inSize) * outPositions * width;
        const start = row + (pair % inSize) * positions;
        fill(
          (p, q, value) => {
            result[start + p * width + q]! += value;
          },
          values.subarray((offset + pair) * taps, (offset + pair + 1) * taps),
        );
      }
    }
    for (let o = 1; o < outer; o++) result.copyWithin(o * pairs, 0, pairs);
    return result;
  });
  return {
    kind: 'conv',
    outChannels: outer * outChannels,
    inChannels: outer * inChannels,
    support,
    axes: [],
    weight,
    bias: null,
  };
}
