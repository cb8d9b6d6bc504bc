/**
 * Biases in homogeneous form. A bias b is a linear operator on a map of ones: diag(b) * 1. Away from padding that is the same at each
 * position; behind padding it is not, and there the bias lives on as a term on a source of ones. Such terms compose and add up by the
 * same laws as all others, so a ring that was padded with the bias cancels what the padding broke, at every size.
 */
import { composeBias } from './algebra/compose.ts';
import { readsPadding } from './border.ts';
import { channelEvaluator } from './channel-evaluator.ts';
import { type Affine, type Graph, spatialSizes, type Term, type Value, type ValueId } from './graph.ts';
import { type Operator, withRank } from './operator.ts';
import { formatSize, type Size, sameShape } from './size.ts';
import { groupedSupport } from './support.ts';
import { arrayOf, derivedArray, isReady, type LazyArray, readArray } from './weight.ts';

/** Sources of ones, one for each spatial size that a bias may be padded at. */
export function listOnes(shapes: Iterable<readonly Size[]>): Value[] {
  const sizes = new Map<string, readonly Size[]>();
  for (const shape of shapes) {
    const spatial = spatialSizes(shape, 1);
    if (spatial.length > 0) sizes.set(spatial.map(formatSize).join(), spatial);
  }
  return [...sizes].map(([name, spatial]) => ({
    name: `ones ${name}`,
    shape: [1, 1, ...spatial],
    definitions: [],
    kept: true,
    origin: 'ones',
    isOnes: true,
  }));
}

/** The source of ones of a spatial size. */
export function findOnes(graph: Graph, size: readonly Size[]): ValueId | undefined {
  const id = graph.values.findIndex((value) => value.isOnes && sameShape(spatialSizes(value.shape, 1), size));
  return id < 0 ? undefined : id;
}

/** Only then can a term on it be written as a constant map. */
export function hasFixedSize({ shape }: Value): boolean {
  return shape.every((size) => typeof size === 'number');
}

/** Whether a form's terms on ones can be written: as a constant map, or as the graph appends them. */
export function mayWriteOnes(graph: Graph, affine: Affine): boolean {
  const isFree = ({ value }: Term) => isOnes(graph, value) && !hasFixedSize(graph.values[value]!);
  return !affine.terms.some(isFree) || (graph.appendOnes?.(graph, affine) ?? null) !== null;
}

export function isOnes(graph: Graph, value: ValueId): boolean {
  return graph.values[value]!.isOnes === true;
}

/** From one channel of ones to a bias on each channel. */
export function biasColumn(bias: LazyArray): Operator {
  const [outChannels, inChannels] = [bias.length, 1];
  const support = groupedSupport(outChannels, inChannels, 1);
  return { kind: 'conv', outChannels, inChannels, support, axes: [], weight: bias, bias: null };
}

/** The bias that an operator on ones amounts to; null where it differs from position to position. */
export function uniformBias(operator: Operator, size: readonly Size[]): { readonly bias: LazyArray | null } | null {
  if (operator.kind === 'transposed') return null;
  if (withRank(operator, size.length).some((axis, index) => readsPadding(axis, size[index]))) return null;
  return { bias: composeBias(operator, arrayOf(Float64Array.of(1)), null) };
}

/** Terms on ones and a bias as one constant `[channels, ...size]`. The sources must have fixed sizes. */
export function biasMap(
  graph: Graph,
  terms: readonly Term[],
  bias: LazyArray | null,
  channels: number,
  size: readonly number[],
): LazyArray {
  const positions = size.reduce((product, n) => product * n, 1);
  const inputs = [...terms.map((term) => term.operator.weight), ...(bias ? [bias] : [])];
  return derivedArray(channels * positions, inputs, (memo) => {
    const map = new Float64Array(channels * positions);
    for (const { operator, value } of terms) {
      const from = spatialSizes(graph.values[value]!.shape, 1) as readonly number[];
      const ones = new Float64Array(from.reduce((product, n) => product * n, 1)).fill(1);
      const evaluator = channelEvaluator(operator, from, () => ones, memo);
      for (let channel = 0; channel < channels; channel++)
        evaluator(channel).forEach((part, p) => {
          map[channel * positions + p]! += part;
        });
    }
    const shift = bias && readArray(bias, memo);
    return shift ? map.map((part, index) => part + shift[Math.floor(index / positions)]!) : map;
  });
}

/** Whether a sum of terms on ones is zero, within the graph's precision relative to the largest of them. */
export function cancels(graph: Graph, sum: Term, parts: readonly Term[]): 'exactly' | 'nearly' | null {
  const arrays = [sum, ...parts].map((term) => term.operator.weight);
  if (!arrays.every(isReady)) return null;
  const [left, ...sizes] = arrays.map(largest);
  if (left === 0) return 'exactly';
  return left! <= (graph.precision ?? 2 ** -20) * Math.max(...sizes) ? 'nearly' : null;
}

function largest(array: LazyArray): number {
  let most = 0;
  for (const value of readArray(array)) most = Math.max(most, Math.abs(value));
  return most;
}
