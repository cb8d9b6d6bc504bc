/**
 * add: one operator for the sum of several on the same input.
 *
 *     W = sum of W_j, each tap at its own offset dilation*k - padBegin, on the union of the offsets;   b = sum of b_j
 *
 * The branch sum of Ding et al., RepVGG (arXiv:2101.03697), for any kernels, dilations, paddings and groups.
 */
import { type Axis, sameAxis, unionAxis } from '../axis.ts';
import { ShapeError } from '../errors.ts';
import { dropZero, type Operator, tapCount, weightCount, withRank } from '../operator.ts';
import { isRefusal, type Refusal, refuse, throwRefusal } from '../refusal.ts';
import type { Size } from '../size.ts';
import { type Block, listBlocks, sameSupport } from '../support.ts';
import { lowerBound, unionSupport } from '../support-algebra.ts';
import { derivedArray, type LazyArray, type Memo, newArray, readArray, takeArray, type Values } from '../weight.ts';

/**
 * One operator equal to the sum of all.
 *
 * @throws ShapeError where channel counts differ; ReparamError (`stride-mismatch`, `size-mismatch`, `transposed`) where the outputs
 *   are not of equal size for every input.
 * @example
 * const block = add(conv(c3), conv(c1), identity(64));
 */
export function add(...operators: Operator[]): Operator {
  const result = explainAdd(operators);
  return isRefusal(result) ? throwRefusal(result) : result;
}

/** As `add`, but operators that do not add up come back as a refusal. `inputSize` is the spatial size of their input, where known. */
export function explainAdd(operators: readonly Operator[], inputSize?: readonly Size[]): Operator | Refusal {
  const [first, ...rest] = operators;
  if (!first) throw new ShapeError('add: no operators given, expected at least one');
  if (rest.length === 0) return first;
  for (const other of rest) {
    if (other.outChannels !== first.outChannels || other.inChannels !== first.inChannels) {
      throw new ShapeError(
        `add: found operators ${first.inChannels} -> ${first.outChannels} and ${other.inChannels} -> ${other.outChannels} channels, expected equal ones`,
      );
    }
  }
  const axes = unionAxes(operators, inputSize);
  return isRefusal(axes) ? axes : sum(operators, axes);
}

function unionAxes(operators: readonly Operator[], inputSize?: readonly Size[]): readonly Axis[] | Refusal {
  const first = operators[0]!;
  if (operators.some((operator) => operator.kind === 'transposed')) {
    const same = operators.every((operator) => operator.kind === 'transposed' && sameAxes(operator.axes, first.axes));
    if (same) return first.axes;
    return refuse(
      'transposed',
      'transposed convolutions add up only where kernel, stride, dilation and padding are equal',
      'use equal geometries',
    );
  }
  const rank = Math.max(...operators.map((operator) => operator.axes.length));
  const axes: Axis[] = [];
  for (let index = 0; index < rank; index++) {
    let axis: Axis | Refusal = withRank(first, rank)[index]!;
    for (const other of operators.slice(1)) {
      axis = unionAxis(axis, withRank(other, rank)[index]!, inputSize?.[index]);
      if (isRefusal(axis)) return axis;
    }
    axes.push(axis);
  }
  return axes;
}

function sameAxes(a: readonly Axis[], b: readonly Axis[]): boolean {
  return a.length === b.length && a.every((axis, index) => sameAxis(axis, b[index]!));
}

function sum(operators: readonly Operator[], axes: readonly Axis[]): Operator {
  const support = unionSupport(operators.map((operator) => operator.support));
  const shape = { support, axes };
  const weights = operators.map((operator) => operator.weight);
  const lazy = derivedArray(weightCount(shape), weights, (memo) => addWeights(operators, shape, memo));
  return {
    kind: operators[0]!.kind,
    outChannels: operators[0]!.outChannels,
    inChannels: operators[0]!.inChannels,
    ...shape,
    weight: { ...lazy, ...sumConstant(operators, shape) },
    bias: dropZero(addBiases(operators.map((operator) => operator.bias))),
  };
}

/** The sum where all weights are constants at the same places: x - x is known to be zero unread. */
function sumConstant(operators: readonly Operator[], shape: Pick<Operator, 'support' | 'axes'>): { constant?: number } {
  let constant = 0;
  for (const operator of operators) {
    if (operator.weight.constant === undefined || !fits(operator, shape)) return {};
    constant += operator.weight.constant;
  }
  return { constant };
}

/** Sum of biases of one length; null is zero. Reads nothing. */
export function addBiases(biases: readonly (LazyArray | null)[]): LazyArray | null {
  const present = biases.filter((bias) => bias !== null);
  if (present.length <= 1) return present[0] ?? null;
  return derivedArray(present[0]!.length, present, (memo) => {
    const result = new Float64Array(present[0]!.length);
    for (const bias of present) addInto(result, readArray(bias, memo));
    return result;
  });
}

function addInto(target: Float64Array, values: Values): void {
  for (let i = 0; i < target.length; i++) target[i]! += values[i]!;
}

/** The weights of each operator at their places in the union. */
export function addWeights(
  operators: readonly Operator[],
  shape: Pick<Operator, 'support' | 'axes'>,
  memo: Memo,
): Values {
  const [only] = operators;
  if (operators.length === 1 && fits(only!, shape)) return readArray(only!.weight, memo);
  const start = operators.findIndex((operator) => fits(operator, shape));
  const out = start < 0 ? newArray(weightCount(shape), memo) : takeArray(operators[start]!.weight, memo);
  const blocks = listBlocks(shape.support);
  operators.forEach((operator, index) => {
    if (index === start) return; // copied already
    const weight = readArray(operator.weight, memo);
    if (fits(operator, shape)) addInto(out, weight);
    else placeWeights(out, weight, operator, shape.axes, blocks);
  });
  return out;
}

function fits(operator: Operator, shape: Pick<Operator, 'support' | 'axes'>): boolean {
  return sameSupport(operator.support, shape.support) && sameTaps(operator.axes, shape.axes);
}

function sameTaps(a: readonly Axis[], b: readonly Axis[]): boolean {
  return (
    tapCount(a) === tapCount(b) &&
    a.every((axis, index) => axis.padBegin === b[index]!.padBegin && axis.kernel === b[index]!.kernel)
  );
}

function placeWeights(
  out: Float64Array,
  weight: Values,
  operator: Operator,
  axes: readonly Axis[],
  results: readonly Block[],
): void {
  const places = operator.kind === 'transposed' ? null : tapPlaces(withRank(operator, axes.length), axes);
  const [taps, from] = [tapCount(axes), tapCount(operator.axes)];
  for (const block of listBlocks(operator.support)) {
    const result = results[lowerBound(results, block.outStart)]!;
    let index = block.offset * from;
    for (let o = 0; o < block.outSize; o++) {
      const row =
        result.offset + (block.outStart + o - result.outStart) * result.inSize + block.inStart - result.inStart;
      for (let i = 0; i < block.inSize; i++) {
        for (let k = 0; k < from; k++) out[(row + i) * taps + (places ? places[k]! : k)]! += weight[index++]!;
      }
    }
  }
}

/** Tap of `to` at the offset of each tap of `from`. */
function tapPlaces(from: readonly Axis[], to: readonly Axis[]): Int32Array {
  let places = new Int32Array([0]);
  from.forEach((axis, index) => {
    const target = to[index]!;
    const next = new Int32Array(places.length * axis.kernel);
    for (let k = 0; k < next.length; k++) {
      const offset = axis.dilation * (k % axis.kernel) - axis.padBegin;
      next[k] = places[Math.floor(k / axis.kernel)]! * target.kernel + (offset + target.padBegin) / target.dilation;
    }
    places = next;
  });
  return places;
}
