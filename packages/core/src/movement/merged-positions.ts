/** Operators on channels that are merged with the positions of a map: the same on each, or a convolution as the matrix of its taps. */
import { evaluatedSize } from '../channel-evaluator.ts';
import { type Operator, tapCount, withRank } from '../operator.ts';
import { diagonalSupport, groupedSupport, isFullDiagonal, listBlocks, pairCount } from '../support.ts';
import { derivedArray, type LazyArray, newArray, readArray, type Values } from '../weight.ts';

/** Each value once for every position, `outer` times over. */
export function repeatChannels(values: LazyArray, outer: number, inner: number): LazyArray {
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
export function repeatOperator(operator: Operator, outer: number, inner: number): Operator | null {
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
export function matrixOfTaps(operator: Operator, size: readonly number[], channelsLast: boolean): Operator | null {
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
