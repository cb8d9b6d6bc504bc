/** Reference evaluation in float64: the definition of the operator, tap by tap. The oracle of tests and proofs; not fast. */
import { outputSize } from './axis.ts';
import { ShapeError } from './errors.ts';
import { type Operator, withRank } from './operator.ts';
import { listBlocks, lowerBound } from './support.ts';
import { type Memo, readArray } from './weight.ts';

/** One sample: `[channels, ...size]`, row-major. */
export interface Sample {
  readonly data: Float64Array;
  readonly channels: number;
  /** Spatial size; empty for a dense layer. */
  readonly size: readonly number[];
}

/**
 * The operator applied to one sample.
 *
 * @throws ShapeError where channels or rank do not fit.
 * @example
 * evaluate(conv(c3), { data: new Float64Array(64 * 7 * 7), channels: 64, size: [7, 7] });
 */
export function evaluate(operator: Operator, input: Sample): Sample {
  if (input.channels !== operator.inChannels) {
    throw new ShapeError(`evaluate: found ${input.channels} input channels, expected ${operator.inChannels}`);
  }
  const positions = input.size.reduce((product, size) => product * size, 1);
  const size = evaluatedSize(operator, input.size);
  const count = size.reduce((product, n) => product * n, 1);
  const data = new Float64Array(operator.outChannels * count);
  const channel = (c: number) => input.data.subarray(c * positions, (c + 1) * positions);
  const evaluator = channelEvaluator(operator, input.size, channel);
  for (let out = 0; out < operator.outChannels; out++) data.set(evaluator(out), out * count);
  return { data, channels: operator.outChannels, size };
}

/** Spatial output size. */
export function evaluatedSize(operator: Operator, size: readonly number[]): number[] {
  const axes = withRank(operator, size.length);
  if (operator.kind === 'conv') return axes.map((axis, index) => Math.max(0, outputSize(axis, size[index]!) as number));
  return axes.map((a, index) =>
    Math.max(0, a.stride * (size[index]! - 1) + a.dilation * (a.kernel - 1) + 1 - a.padBegin - a.padEnd),
  );
}

/** A function that computes one output channel from the input channels it asks for, each once. */
export function channelEvaluator(
  operator: Operator,
  size: readonly number[],
  channel: (c: number) => Float64Array,
  memo: Memo = new Map(),
): (out: number) => Float64Array {
  const weight = readArray(operator.weight, memo);
  const bias = operator.bias ? readArray(operator.bias, memo) : null;
  const outSize = evaluatedSize(operator, size);
  const count = outSize.reduce((product, n) => product * n, 1);
  const taps = listTaps(operator, size, outSize);
  const blocks = listBlocks(operator.support);
  const inputs = new Array<Float64Array | undefined>(operator.inChannels);
  // A copy, so that the innermost loop reads one type of array: it is twice as fast.
  const row = new Float64Array(blocks.reduce((largest, block) => Math.max(largest, block.inSize), 0) * taps.count);
  return (out) => {
    const result = new Float64Array(count);
    if (bias) result.fill(bias[out]!);
    const block = blocks[lowerBound(blocks, out)];
    if (!block || block.outStart > out) return result;
    const length = block.inSize * taps.count;
    const start = block.offset * taps.count + (out - block.outStart) * length;
    row.set(weight.subarray(start, start + length));
    for (let i = 0; i < block.inSize; i++) {
      const c = block.inStart + i;
      inputs[c] ??= channel(c);
      addTaps(result, row, i * taps.count, taps, inputs[c]);
    }
    return result;
  };
}

function addTaps(
  result: Float64Array,
  row: Float64Array,
  first: number,
  { tap, to, from }: TapReads,
  values: Float64Array,
): void {
  for (let p = 0; p < to.length; p++) result[to[p]!]! += row[first + tap[p]!]! * values[from[p]!]!;
}

/** Every read inside the input, tap by tap: which tap, the output position and the input position. */
interface TapReads {
  /** Number of taps. */
  readonly count: number;
  readonly tap: Int32Array;
  readonly to: Int32Array;
  readonly from: Int32Array;
}

function listTaps(operator: Operator, size: readonly number[], outSize: readonly number[]): TapReads {
  const transposed = operator.kind === 'transposed';
  const [small, large] = transposed ? [size, outSize] : [outSize, size];
  let taps: { near: number[]; far: number[] }[] = [{ near: [0], far: [0] }];
  withRank(operator, size.length).forEach((axis, index) => {
    taps = taps.flatMap((tap) =>
      Array.from({ length: axis.kernel }, (_, k) => {
        const near: number[] = [];
        const far: number[] = [];
        tap.near.forEach((before, t) => {
          for (let p = 0; p < small[index]!; p++) {
            const q = axis.stride * p + axis.dilation * k - axis.padBegin;
            if (q < 0 || q >= large[index]!) continue;
            near.push(before * small[index]! + p);
            far.push(tap.far[t]! * large[index]! + q);
          }
        });
        return { near, far };
      }),
    );
  });
  const near = Int32Array.from(taps.flatMap((tap) => tap.near));
  const far = Int32Array.from(taps.flatMap((tap) => tap.far));
  return {
    count: taps.length,
    tap: Int32Array.from(taps.flatMap((tap, k) => tap.near.map(() => k))),
    to: transposed ? far : near,
    from: transposed ? near : far,
  };
}
