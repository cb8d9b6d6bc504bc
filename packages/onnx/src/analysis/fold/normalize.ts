/** Normalizations of constants: standardized weights are often written as such. */
import { derivedArray, readArray } from '@reparam/core';
import { floatAttribute, intAttribute } from '../attributes.ts';
import { type Constant, countOf, isFloat } from '../constant.ts';
import { allOf, type Fold, type Folds } from './table.ts';

export const normalizations: Folds = {
  BatchNormalization: (node, inputs, opset) => {
    if (opset < 9 || (opset < 14 && node.outputs.slice(1).some((name) => name !== ''))) return undefined;
    const [x, scale, shift, mean, variance] = allOf(inputs) ?? [];
    if (!x || !scale || !shift || !mean || !variance) return undefined;
    const isTraining = intAttribute(node, 'training_mode', 0) === 1;
    const ownStatistics = isTraining ? null : ([mean, variance] as const);
    return normalize(x, [scale, shift], epsilonOf(node), { ownStatistics, perSample: false });
  },
  InstanceNormalization: (node, inputs) => {
    const [x, scale, shift] = allOf(inputs) ?? [];
    if (!x || !scale || !shift) return undefined;
    return normalize(x, [scale, shift], epsilonOf(node), { ownStatistics: null, perSample: true });
  },
};

function epsilonOf(node: Parameters<Fold>[0]): number {
  return Math.fround(floatAttribute(node, 'epsilon', 1e-5));
}

interface Statistics {
  /** Given mean and variance; null to compute them of the values. */
  readonly ownStatistics: readonly [Constant, Constant] | null;
  /** Whether each sample has its own. */
  readonly perSample: boolean;
}

/** scale (x - mean) / sqrt(variance + epsilon) + shift, with one of each for a channel (axis 1). */
function normalize(
  x: Constant,
  [scale, shift]: readonly [Constant, Constant],
  epsilon: number,
  { ownStatistics, perSample }: Statistics,
): Constant | undefined {
  const [samples, channels] = [x.dims[0] ?? 1, x.dims[1] ?? 1];
  const lists = [scale, shift, ...(ownStatistics ?? [])];
  if (!isFloat(x.dataType) || lists.some(({ values }) => values.length !== channels)) return undefined;
  const positions = countOf(x.dims.slice(2));
  const values = derivedArray(
    x.values.length,
    [x, ...lists].map((constant) => constant.values),
    (memo) => {
      const from = readArray(x.values, memo);
      const [gamma, beta, ...given] = lists.map((constant) => readArray(constant.values, memo));
      const result = new Float64Array(from.length);
      for (let channel = 0; channel < channels; channel++) {
        const groups = perSample
          ? Array.from({ length: samples }, (_, sample) => [sample])
          : [[...Array(samples).keys()]];
        for (const group of groups) {
          const starts = group.map((sample) => (sample * channels + channel) * positions);
          const [mean, variance] = ownStatistics
            ? [given[0]![channel]!, given[1]![channel]!]
            : momentsOf(from, starts, positions);
          const factor = gamma![channel]! / Math.sqrt(variance + epsilon);
          for (const start of starts)
            for (let at = start; at < start + positions; at++)
              result[at] = (from[at]! - mean) * factor + beta![channel]!;
        }
      }
      return result;
    },
  );
  return { ...x, values };
}

/** Mean and variance of some runs of values, all of one length. */
function momentsOf(
  values: ArrayLike<number>,
  starts: readonly number[],
  length: number,
): [mean: number, variance: number] {
  const count = starts.length * length;
  let [sum, squares] = [0, 0];
  for (const start of starts) for (let at = start; at < start + length; at++) sum += values[at]!;
  const mean = sum / count;
  for (const start of starts) for (let at = start; at < start + length; at++) squares += (values[at]! - mean) ** 2;
  return [mean, squares / count];
}
