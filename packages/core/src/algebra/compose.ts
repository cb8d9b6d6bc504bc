/**
 * compose: one operator for `second(first(x))`.
 *
 *     W = W2 convolved with W1     taps at d1*k1 + s1*d2*k2, stride s1*s2, padding p1 + s1*p2 (composeAxis)
 *     b = b2 + (W2 summed over its taps) * b1
 *
 * Exact in the interior; at the border under the rule of `border.ts`. The formula for a 1x1 first is "transform III" of Ding et al.,
 * Diverse Branch Block (arXiv:2103.13425); a pointwise diagonal second is Conv-BN fusion.
 */
import { type Axis, composeAxis, outputSize } from '../axis.ts';
import { checkBorder } from '../border.ts';
import { ShapeError } from '../errors.ts';
import { dropZero, isIdentity, isPointwise, type Operator, weightCount, withRank } from '../operator.ts';
import { isRefusal, type Refusal, refuse, throwRefusal } from '../refusal.ts';
import type { Size } from '../size.ts';
import { isDiagonal } from '../support.ts';
import { composeSupport } from '../support-algebra.ts';
import { derivedArray, isReady, type LazyArray, readArray } from '../weight.ts';
import { composeWeights } from './compose-weights.ts';
import { sumTaps } from './sum-taps.ts';

/** What `compose` is told beside the operators. */
export interface ComposeOptions {
  /** Spatial size of the input of `first`: settles borders that depend on it. */
  readonly inputSize?: readonly Size[] | undefined;
  /** Skip the border rule: the result is right only where no padding is read. */
  readonly interior?: boolean;
}

/**
 * One operator equal to `second` applied to the output of `first`.
 *
 * @throws ShapeError where channels or spatial ranks do not fit; ReparamError, with the refusal's reason as its code, where no single
 *   operator is equal for every input.
 * @example
 * const fused = compose(batchNorm(bn), conv({ weight, outChannels: 64, inChannels: 64, kernel: [3, 3], padBegin: [1, 1] }));
 */
export function compose(second: Operator, first: Operator, options: ComposeOptions = {}): Operator {
  const result = explainCompose(second, first, options);
  return isRefusal(result) ? throwRefusal(result) : result;
}

/** As `compose`, but a composition that cannot be exact comes back as a refusal. */
export function explainCompose(second: Operator, first: Operator, options: ComposeOptions = {}): Operator | Refusal {
  const refusal = checkCompose(second, first, options);
  return refusal ?? composeUnchecked(second, first);
}

/** null where `compose` would succeed. */
export function checkCompose(second: Operator, first: Operator, options: ComposeOptions = {}): Refusal | null {
  if (second.inChannels !== first.outChannels) {
    throw new ShapeError(
      `compose: the second operator reads ${second.inChannels} channels, the first gives ${first.outChannels}`,
      { hint: 'compose takes (second, first): the operator applied last comes first' },
    );
  }
  if (second.kind === 'transposed' || first.kind === 'transposed') return checkTransposed(second, first);
  if (options.interior) return null;
  const rank = Math.max(second.axes.length, first.axes.length);
  const axes2 = withRank(second, rank);
  const axes1 = withRank(first, rank);
  const biasIsZero = () => isZeroWhereRead(second, first.bias);
  for (let axis = 0; axis < rank; axis++) {
    const inputSize = options.inputSize?.[axis];
    const middleSize = inputSize === undefined ? undefined : outputSize(axes1[axis]!, inputSize);
    const refusal = checkBorder({ second: axes2[axis]!, first: axes1[axis]!, inputSize, middleSize, biasIsZero });
    if (refusal) return refusal;
  }
  return null;
}

function checkTransposed(second: Operator, first: Operator): Refusal | null {
  if (second.kind === 'transposed' && first.kind === 'transposed') {
    return refuse(
      'transposed',
      'two transposed convolutions in a row are no single one',
      'only pointwise operators compose with a transposed convolution',
    );
  }
  const other = second.kind === 'transposed' ? first : second;
  if (!isPointwise(other)) {
    return refuse(
      'transposed',
      'the neighbour of a transposed convolution has a kernel, a stride or padding',
      'only pointwise operators compose with a transposed convolution',
    );
  }
  if (second.kind === 'transposed' && !isZeroWhereRead(second, first.bias)) {
    return refuse(
      'border',
      'a shift before a transposed convolution becomes a different constant at each output position',
      'move the shift behind the transposed convolution',
    );
  }
  return null;
}

/** Whether a bias is surely zero on all channels that an operator reads. */
export function isZeroWhereRead(operator: Operator, bias: LazyArray | null): boolean {
  if (bias === null) return true;
  if (!isReady(bias)) return false;
  const values = readArray(bias);
  return operator.support.every((run) => {
    const end = run.inStart + run.count * run.inSize;
    for (let channel = run.inStart; channel < end; channel++) if (values[channel] !== 0) return false;
    return true;
  });
}

/** The composition, border rule not asked. */
export function composeUnchecked(second: Operator, first: Operator): Operator {
  if (isIdentity(second))
    return second.axes.length > first.axes.length ? { ...first, axes: withRank(first, second.axes.length) } : first;
  if (isIdentity(first))
    return first.axes.length > second.axes.length ? { ...second, axes: withRank(second, first.axes.length) } : second;
  const support = composeSupport(second.support, first.support);
  const axes = composeAxes(second, first);
  const shape = { support, axes };
  const length = weightCount(shape);
  return {
    kind: second.kind === 'transposed' ? 'transposed' : first.kind,
    outChannels: second.outChannels,
    inChannels: first.inChannels,
    ...shape,
    weight: composedWeight(second, first, shape, length),
    bias: isZeroWhereRead(second, first.bias) ? second.bias : dropZero(composeBias(second, first.bias, second.bias)),
  };
}

function composedWeight(
  second: Operator,
  first: Operator,
  shape: Pick<Operator, 'support' | 'axes'>,
  length: number,
): LazyArray {
  const lazy = derivedArray(
    length,
    [second.weight, first.weight],
    (memo) => composeWeights(second, first, shape, memo),
    second.weight.length * (first.weight.length / first.outChannels),
  );
  const [a, b] = [second.weight.constant, first.weight.constant];
  const movesOnly =
    isPointwise(second) && isPointwise(first) && isDiagonal(second.support) && isDiagonal(first.support);
  return movesOnly && a !== undefined && b !== undefined ? { ...lazy, constant: a * b } : lazy;
}

function composeAxes(second: Operator, first: Operator): readonly Axis[] {
  if (second.kind === 'transposed') return second.axes;
  if (first.kind === 'transposed') return first.axes;
  const rank = Math.max(second.axes.length, first.axes.length);
  const axes2 = withRank(second, rank);
  const axes1 = withRank(first, rank);
  return axes2.map((axis, index) => composeAxis(axis, axes1[index]!));
}

/** `own + (W summed over taps) * bias`: what the operator makes of a bias before it, away from padding. Reads nothing. */
export function composeBias(operator: Operator, bias: LazyArray | null, own: LazyArray | null): LazyArray | null {
  if (bias === null) return own;
  if (own === null && isIdentity(operator)) return bias;
  const inputs = own === null ? [operator.weight, bias] : [operator.weight, bias, own];
  return derivedArray(
    operator.outChannels,
    inputs,
    (memo) => sumTaps(operator, bias, own, memo),
    operator.weight.length,
  );
}
