/** simplify: the smallest equal operator. Zero rims are trimmed, taps that are zero throughout are stepped over. */
import { type Axis, greatestCommonDivisor } from '../axis.ts';
import { type Operator, tapCount } from '../operator.ts';
import { isDiagonal } from '../support.ts';
import { arrayOf, isReady, type LazyArray, readArray } from '../weight.ts';

/**
 * The operator with the smallest kernel that computes the same: a 3x3 whose rim is zero becomes a 1x1, a dilated kernel stored with
 * zeros between its taps becomes a dilated one. Reads the weights, which must be loaded.
 */
export function simplify(operator: Operator): Operator {
  if (operator.kind === 'transposed' || operator.axes.length === 0) return operator;
  const weight = readArray(operator.weight);
  let result: Operator = { ...operator, weight: arrayOf(weight) };
  for (let axis = 0; axis < operator.axes.length; axis++) result = simplifyAxis(result, axis);
  return result;
}

function simplifyAxis(operator: Operator, index: number): Operator {
  const axis = operator.axes[index]!;
  if (axis.kernel === 1) return operator;
  const used = usedTaps(operator, index);
  const first = Math.max(used.indexOf(true), 0);
  const last = Math.max(used.lastIndexOf(true), first);
  if (first === last && used[first] === false) return keepTaps(operator, index, axis, nearestToZero(axis), 1, 1);
  let step = 0;
  used.forEach((isUsed, k) => {
    if (isUsed) step = greatestCommonDivisor(step, k - first);
  });
  const kernel = step === 0 ? 1 : (last - first) / step + 1;
  if (kernel === axis.kernel) return operator;
  return keepTaps(operator, index, axis, first, step || 1, kernel);
}

/** All taps are zero: keep the one that needs no padding, if there is one. */
function nearestToZero(axis: Axis): number {
  return Math.min(Math.max(Math.round(axis.padBegin / axis.dilation), 0), axis.kernel - 1);
}

function usedTaps(operator: Operator, index: number): boolean[] {
  const weight = readArray(operator.weight);
  const { kernel } = operator.axes[index]!;
  const inner = tapCount(operator.axes.slice(index + 1));
  const used = new Array<boolean>(kernel).fill(false);
  let left = kernel;
  for (let i = 0; i < weight.length && left > 0; i++) {
    if (weight[i] === 0) continue;
    const k = Math.floor(i / inner) % kernel;
    if (!used[k]) left--;
    used[k] = true;
  }
  return used;
}

/** Taps `first, first + step, ...`; the padding moves along, so outputs keep their size. */
function keepTaps(
  operator: Operator,
  index: number,
  axis: Axis,
  first: number,
  step: number,
  kernel: number,
): Operator {
  const cutBegin = first * axis.dilation;
  const cutEnd = (axis.kernel - 1 - first - step * (kernel - 1)) * axis.dilation;
  const kept: Axis = {
    kernel,
    stride: axis.stride,
    dilation: kernel === 1 ? 1 : axis.dilation * step,
    padBegin: axis.padBegin - cutBegin,
    padEnd: axis.padEnd - cutEnd,
  };
  const axes = operator.axes.map((other, i) => (i === index ? kept : other));
  return { ...operator, axes, weight: pickTaps(operator, index, first, step, kernel) };
}

function pickTaps(operator: Operator, index: number, first: number, step: number, kernel: number): LazyArray {
  const weight = readArray(operator.weight);
  const inner = tapCount(operator.axes.slice(index + 1));
  const from = operator.axes[index]!.kernel;
  const rows = weight.length / (from * inner);
  const picked = new Float64Array(rows * kernel * inner);
  let target = 0;
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < kernel; k++) {
      const start = (row * from + first + step * k) * inner;
      picked.set(weight.subarray(start, start + inner), target);
      target += inner;
    }
  }
  return arrayOf(picked);
}

/** Whether a diagonal operator is zero throughout, as a scale by 0 is. Larger ones are not read for this. */
export function isZeroTerm({ bias, weight, support }: Operator): boolean {
  if (bias !== null) return false;
  if (weight.constant !== undefined) return weight.constant === 0;
  return isDiagonal(support) && isReady(weight) && readArray(weight).every((value) => value === 0);
}
