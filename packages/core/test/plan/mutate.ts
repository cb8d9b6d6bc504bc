/** Corrupted rewrites: wrong in one number, as a fault of the algebra would be. */
import { type Affine, arrayOf, type Operator, readArray, type Term } from '../../src/index.ts';

/** Every way in which `choice` can go wrong; null where this form has no such place. */
export function mutate(affine: Affine, choice: readonly number[]): Affine | null {
  const [kind, where, which] = choice as [number, number, number];
  const index = where % affine.terms.length;
  const term = affine.terms[index]!;
  const replaced = (operator: Operator | null): Affine | null => {
    if (!operator) return null;
    const terms = affine.terms.map((other, i): Term => (i === index ? { ...other, operator } : other));
    return { ...affine, terms };
  };
  switch (kind % 6) {
    case 0:
      return replaced(changeWeight(term.operator, which));
    case 1:
      return replaced(movePadding(term.operator, which));
    case 2:
      return replaced(transposeTaps(term.operator));
    case 3:
      return { ...affine, bias: changeBias(affine, term.operator.outChannels, which) };
    case 4:
      return affine.terms.length > 1 ? { ...affine, terms: affine.terms.filter((_, i) => i !== index) } : null;
    default:
      return replaced(moveChannels(term.operator));
  }
}

function changeWeight(operator: Operator, which: number): Operator {
  const weight = readArray(operator.weight).slice();
  weight[which % weight.length]! += 0.01;
  return { ...operator, weight: arrayOf(weight) };
}

/** One position more before, one less after: outputs keep their size. */
function movePadding(operator: Operator, which: number): Operator | null {
  if (operator.axes.length === 0) return null;
  const axes = operator.axes.map((axis, index) =>
    index === which % operator.axes.length ? { ...axis, padBegin: axis.padBegin + 1, padEnd: axis.padEnd - 1 } : axis,
  );
  return { ...operator, axes };
}

/** The kernel back to front, as a correlation mistaken for a convolution. */
function transposeTaps(operator: Operator): Operator | null {
  const taps = operator.axes.reduce((product, axis) => product * axis.kernel, 1);
  if (taps === 1) return null;
  const weight = readArray(operator.weight);
  const flipped = weight.map((_, index) => weight[index - (index % taps) + (taps - 1 - (index % taps))]!);
  return { ...operator, weight: arrayOf(flipped) };
}

function changeBias({ bias }: Affine, channels: number, which: number) {
  const values = bias ? readArray(bias).slice() : new Float64Array(channels);
  values[which % channels]! += 0.01;
  return arrayOf(values);
}

/** Weights of the blocks in another order, as groups mistaken for each other. */
function moveChannels(operator: Operator): Operator | null {
  const weight = readArray(operator.weight);
  const pairs = operator.support.reduce((sum, run) => sum + run.count, 0);
  if (pairs < 2 || weight.length % pairs !== 0) return null;
  const step = weight.length / pairs;
  return { ...operator, weight: arrayOf(weight.map((_, index) => weight[(index + step) % weight.length]!)) };
}
