/** The operator by its formula alone: dense weights, one loop per index. Shares no code with `evaluate`. */
import { type Axis, type Operator, readArray, type Sample } from '../src/index.ts';

/** `W[o][i][k]`, zero outside the support; k row-major over the kernel. */
export function denseWeight(operator: Operator): number[][][] {
  const taps = operator.axes.reduce((product, axis) => product * axis.kernel, 1);
  const values = readArray(operator.weight);
  const dense = Array.from({ length: operator.outChannels }, () =>
    Array.from({ length: operator.inChannels }, () => new Array<number>(taps).fill(0)),
  );
  let next = 0;
  for (const run of operator.support) {
    for (let block = 0; block < run.count; block++) {
      for (let o = 0; o < run.outSize; o++) {
        for (let i = 0; i < run.inSize; i++) {
          const row = dense[run.outStart + block * run.outSize + o]![run.inStart + block * run.inSize + i]!;
          for (let k = 0; k < taps; k++) row[k] = values[next++]!;
        }
      }
    }
  }
  if (next !== values.length) throw new Error(`support has ${next} weights, array has ${values.length}`);
  return dense;
}

/** All index tuples below `size`, row-major. */
export function listIndices(size: readonly number[]): number[][] {
  return size.reduce<number[][]>(
    (tuples, n) => tuples.flatMap((tuple) => Array.from({ length: Math.max(0, n) }, (_, i) => [...tuple, i])),
    [[]],
  );
}

function flatten(index: readonly number[], size: readonly number[]): number {
  return index.reduce((flat, i, axis) => flat * size[axis]! + i, 0);
}

/** Number of positions at which the window lies within the padded axis, counted one by one. */
function countPositions(axis: Axis, n: number): number {
  let count = 0;
  while (axis.stride * count + axis.dilation * (axis.kernel - 1) - axis.padBegin <= n - 1 + axis.padEnd) count++;
  return count;
}

function axesOf(operator: Operator, rank: number): readonly Axis[] {
  const point = { kernel: 1, stride: 1, dilation: 1, padBegin: 0, padEnd: 0 };
  return operator.axes.length === 0 ? new Array<Axis>(rank).fill(point) : operator.axes;
}

export function naiveSize(operator: Operator, size: readonly number[]): number[] {
  const axes = axesOf(operator, size.length);
  if (operator.kind === 'conv') return axes.map((axis, a) => countPositions(axis, size[a]!));
  // Everything an input position writes to, less the padding that is cut off.
  return axes.map((axis, a) =>
    Math.max(0, axis.stride * (size[a]! - 1) + axis.dilation * (axis.kernel - 1) + 1 - axis.padBegin - axis.padEnd),
  );
}

/** y[o, p] = bias[o] + sum over i, k of W[o, i, k] * x[i, s*p + d*k - padBegin]; transposed: y[o, s*p + d*k - padBegin] += W[o, i, k] * x[i, p]. */
export function naiveEvaluate(operator: Operator, input: Sample): Sample {
  const axes = axesOf(operator, input.size.length);
  const kernel = axes.map((axis) => axis.kernel);
  const taps = listIndices(kernel);
  const weight = denseWeight(operator);
  const size = naiveSize(operator, input.size);
  const [inCount, outCount] = [product(input.size), product(size)];
  const data = new Float64Array(operator.outChannels * outCount);
  const transposed = operator.kind === 'transposed';
  for (const near of listIndices(transposed ? input.size : size)) {
    taps.forEach((tap, k) => {
      const far = axes.map((axis, a) => axis.stride * near[a]! + axis.dilation * tap[a]! - axis.padBegin);
      const farSize = transposed ? size : input.size;
      if (far.some((position, a) => position < 0 || position >= farSize[a]!)) return;
      const [from, to] = transposed ? [near, far] : [far, near];
      for (let o = 0; o < operator.outChannels; o++) {
        for (let i = 0; i < operator.inChannels; i++) {
          const value = input.data[i * inCount + flatten(from, input.size)]!;
          data[o * outCount + flatten(to, size)]! += weight[o]![i]![k]! * value;
        }
      }
    });
  }
  const bias = operator.bias ? readArray(operator.bias) : null;
  if (bias) for (let j = 0; j < data.length; j++) data[j]! += bias[Math.floor(j / outCount)]!;
  return { data, channels: operator.outChannels, size };
}

export function product(size: readonly number[]): number {
  return size.reduce((total, n) => total * n, 1);
}
