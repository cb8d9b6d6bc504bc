/** Evaluation in float64, one output channel at a time, from the input channels that it reads. */
import { type Axis, outputSize } from './axis.ts';
import { type Operator, withRank } from './operator.ts';
import { blockAt } from './support.ts';
import { type Memo, readArray } from './weight.ts';

/** Spatial output size. */
export function evaluatedSize(operator: Operator, size: readonly number[]): number[] {
  const axes = withRank(operator, size.length);
  if (operator.kind === 'conv') return axes.map((axis, index) => Math.max(0, outputSize(axis, size[index]!) as number));
  return axes.map((a, index) =>
    Math.max(0, a.stride * (size[index]! - 1) + a.dilation * (a.kernel - 1) + 1 - a.padBegin - a.padEnd),
  );
}

/** Zeros to compute one channel in. */
export type TakeMemory = (length: number) => Float64Array;

/** A function that computes one output channel from the input channels it asks for. */
export function channelEvaluator(
  operator: Operator,
  size: readonly number[],
  channel: (c: number) => Float64Array,
  memo: Memo = new Map(),
  take: TakeMemory = (length) => new Float64Array(length),
): (out: number) => Float64Array {
  const weight = readArray(operator.weight, memo);
  const bias = operator.bias ? readArray(operator.bias, memo) : null;
  const reads = listReads(operator, size, evaluatedSize(operator, size));
  const widest = operator.support.reduce((most, run) => Math.max(most, run.inSize), 0);
  // What each output position reads of a block's input, in the order of the weights. The next block overwrites the same places.
  const stride = widest * reads.taps;
  const patches = new Float64Array(reads.outputs * stride);
  // A copy, so that the innermost loop reads one type of array: it is twice as fast.
  const row = new Float64Array(stride);
  let filled = -1;
  return (out) => {
    const result = take(reads.outputs);
    if (bias) result.fill(bias[out]!);
    const block = blockAt(operator.support, out);
    if (!block) return result;
    if (filled !== block.inStart) {
      for (let i = 0; i < block.inSize; i++)
        fillPatches(patches, stride, i * reads.taps, reads, channel(block.inStart + i));
      filled = block.inStart;
    }
    const length = block.inSize * reads.taps;
    const start = block.offset * reads.taps + (out - block.outStart) * length;
    row.set(weight.subarray(start, start + length));
    addProducts(result, row, length, patches, stride);
    return result;
  };
}

function fillPatches(
  patches: Float64Array,
  stride: number,
  first: number,
  { tap, to, from }: Reads,
  values: Float64Array,
): void {
  for (let read = 0; read < to.length; read++) patches[to[read]! * stride + first + tap[read]!] = values[from[read]!]!;
}

/** result[p] += row . patch p; four positions at a time, so that the weights are read once for them. */
function addProducts(
  result: Float64Array,
  row: Float64Array,
  length: number,
  patches: Float64Array,
  stride: number,
): void {
  const count = result.length;
  let p = 0;
  for (; p + 4 <= count; p += 4) {
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    for (let i = 0, at = p * stride; i < length; i++, at++) {
      const factor = row[i]!;
      s0 += factor * patches[at]!;
      s1 += factor * patches[at + stride]!;
      s2 += factor * patches[at + 2 * stride]!;
      s3 += factor * patches[at + 3 * stride]!;
    }
    result[p]! += s0;
    result[p + 1]! += s1;
    result[p + 2]! += s2;
    result[p + 3]! += s3;
  }
  for (; p < count; p++) {
    let sum = 0;
    for (let i = 0, at = p * stride; i < length; i++, at++) sum += row[i]! * patches[at]!;
    result[p]! += sum;
  }
}

/** Every read inside the input: which tap, the output position and the input position. */
interface Reads {
  /** Number of taps, and of output positions. */
  readonly taps: number;
  readonly outputs: number;
  readonly tap: Int32Array;
  readonly to: Int32Array;
  readonly from: Int32Array;
}

function listReads(operator: Operator, size: readonly number[], outSize: readonly number[]): Reads {
  const transposed = operator.kind === 'transposed';
  const [small, large] = transposed ? [size, outSize] : [outSize, size];
  let taps = 1;
  let reads: readonly Int32Array[] = [Int32Array.of(0), Int32Array.of(0), Int32Array.of(0)]; // tap, near and far position of each
  withRank(operator, size.length).forEach((axis, index) => {
    taps *= axis.kernel;
    const sizes = [axis.kernel, small[index]!, large[index]!];
    const own = axisReads(axis, small[index]!, large[index]!);
    reads = reads.map((before, place) => joinPlaces(before, own[place]!, sizes[place]!));
  });
  const [tap, near, far] = reads;
  return {
    taps,
    outputs: outSize.reduce((product, n) => product * n, 1),
    tap: tap!,
    to: transposed ? far! : near!,
    from: transposed ? near! : far!,
  };
}

/** The same on one axis: tap, near and far position of each read. */
function axisReads(axis: Axis, small: number, large: number): readonly (readonly number[])[] {
  const [tap, near, far]: [number[], number[], number[]] = [[], [], []];
  for (let k = 0; k < axis.kernel; k++) {
    for (let p = 0; p < small; p++) {
      const q = axis.stride * p + axis.dilation * k - axis.padBegin;
      if (q < 0 || q >= large) continue;
      tap.push(k);
      near.push(p);
      far.push(q);
    }
  }
  return [tap, near, far];
}

/** Places on several axes, and each place of one axis more, of this size. */
function joinPlaces(before: Int32Array, own: readonly number[], size: number): Int32Array {
  const joined = new Int32Array(before.length * own.length);
  let at = 0;
  for (const place of before) for (const inner of own) joined[at++] = place * size + inner;
  return joined;
}
