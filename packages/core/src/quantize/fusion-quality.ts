/**
 * How well weights quantize before and after a fusion: the effective kernel with each stored weight rounded to int8, against the exact one.
 *
 *     SQNR = 10 log10( sum |W|^2 / sum |W - W'|^2 )   in dB: the signal-to-noise ratio of outputs for independent inputs of variance 1
 */
import { explainAdd } from '../algebra/add.ts';
import { compose } from '../algebra/compose.ts';
import type { Affine, Graph, Term, ValueId } from '../graph.ts';
import { groupedWeights, largestGroups } from '../layout.ts';
import { scale } from '../lift/scale.ts';
import { isPointwise, type Operator } from '../operator.ts';
import { isRefusal } from '../refusal.ts';
import { groupedSupport, isDiagonal } from '../support.ts';
import { arrayOf, type Memo, readArray } from '../weight.ts';
import { type Collapsed, type CollapseOptions, collapse, sumBySource } from './collapse.ts';
import { quantizeWeights } from './quantize-weights.ts';
import { measureSpread, type WeightSpread } from './weight-spread.ts';

/** With one scale for each tensor, in dB. */
export interface TensorQuality {
  readonly perTensor: number;
  /** The same for the output channel that it is worst for. */
  readonly worstChannel: number;
}

/** Weights of one form of a block. Where it has several, the spread is the worst of each kind. Infinity dB: nothing is lost. */
export interface WeightQuality extends WeightSpread, TensorQuality {
  /** With one scale for each output channel of a tensor, in dB. */
  readonly perChannel: number;
}

export interface FusionQuality {
  /** Of the operators that are replaced, all but their weights exact; null where they have none. */
  readonly before: WeightQuality | null;
  /** Of the operators that replace them; null where they have none. */
  readonly after: WeightQuality | null;
  /** If the last normalization had been kept behind the product; null where there is none. */
  readonly keptNorm: TensorQuality | null;
}

/** A rewrite: a value, its new form, and the values whose definitions went into it. Weights must be loaded. */
export interface MeasuredRewrite {
  readonly value: ValueId;
  readonly affine: Affine;
  readonly absorbed: readonly ValueId[];
  /** The normalization that `keep` would leave standing. */
  readonly lastNorm?: ValueId | undefined;
}

/** null where the operators between have no common form, which only unequal sizes make. */
export function measureFusion(graph: Graph, rewrite: MeasuredRewrite, memo: Memo = new Map()): FusionQuality | null {
  const { value, affine } = rewrite;
  const absorbed = new Set(rewrite.absorbed);
  const options: CollapseOptions = { graph, axis: affine.axis, absorbed };
  const terms = affine.terms
    .filter((term) => !graph.values[term.value]!.isOnes)
    .map((term) => ({ ...term, operator: withReadWeights(term.operator, memo) }));
  const exact = sumBySource(terms, graph, affine.axis);
  if (!exact) return null;
  const old = rewrite.absorbed.flatMap((id) =>
    graph.values[id]!.definitions.filter(({ axis }) => axis === affine.axis).flatMap((form) => form.terms),
  );
  const quality = (stored: readonly Term[], rounded: (round: Round) => Collapsed | null) =>
    qualityOf(stored.map(({ operator }) => operator).filter(isStored), exact, rounded);
  return {
    before: quality(old, (round) => collapse(value, { ...options, replace: (operator) => rounding(operator, round) })),
    after: quality(terms, (round) =>
      sumBySource(
        terms.map((term) => ({ ...term, operator: rounding(term.operator, round) })),
        graph,
        affine.axis,
      ),
    ),
    keptNorm: rewrite.lastNorm === undefined ? null : measureKept(value, rewrite.lastNorm, options, exact),
  };
}

/** Weights of one operator that stands as it is. They must be loaded. */
export function measureOperator(operator: Operator): WeightQuality | null {
  const exact = new Map([[0, operator]]);
  return isStored(operator) ? qualityOf([operator], exact, (round) => new Map([[0, rounding(operator, round)]])) : null;
}

/** They are computed once, for all that is asked of them. */
function withReadWeights(operator: Operator, memo: Memo): Operator {
  const { weight } = operator;
  return weight.constant === undefined ? { ...operator, weight: arrayOf(readArray(weight, memo)) } : operator;
}

type Round = (weights: ArrayLike<number>, channels: number) => Float64Array;

const perTensor: Round = (weights, channels) => quantizeWeights(weights, channels);
const perChannel: Round = (weights, channels) => quantizeWeights(weights, channels, { perChannel: true });

/** Has weights of its own that a runtime would quantize: no scale, move or average. */
function isStored({ support, weight, ...rest }: Operator): boolean {
  return weight.constant === undefined && !(isPointwise({ support, weight, ...rest }) && isDiagonal(support));
}

function rounding(operator: Operator, round: Round): Operator {
  if (!isStored(operator)) return operator;
  const { outChannels, inChannels } = operator;
  const { values, groups } = rowsOf(operator);
  return {
    ...operator,
    support: groupedSupport(outChannels, inChannels, groups),
    weight: arrayOf(round(values, outChannels)),
  };
}

/** Row-major by output channel, as it is stored. */
function rowsOf(operator: Operator): { values: ArrayLike<number>; groups: number } {
  const groups = largestGroups(operator);
  return { values: groupedWeights(operator, groups), groups };
}

function qualityOf(
  stored: readonly Operator[],
  exact: Collapsed,
  rounded: (round: Round) => Collapsed | null,
): WeightQuality | null {
  if (stored.length === 0) return null;
  const spreads = stored.map((operator) => measureSpread(rowsOf(operator).values, operator.outChannels));
  const worst = (of: (spread: WeightSpread) => number) => Math.max(...spreads.map(of));
  const tensor = compareKernels(exact, rounded(perTensor));
  const channel = compareKernels(exact, rounded(perChannel));
  if (!tensor || !channel) return null;
  return {
    rangeRatio: worst((spread) => spread.rangeRatio),
    kurtosis: worst((spread) => spread.kurtosis),
    outliers: worst((spread) => spread.outliers),
    ...tensor,
    perChannel: channel.perTensor,
  };
}

/** As if the normalization had not been folded: what stands before it is rounded, and what it does is exact. */
function measureKept(value: ValueId, norm: ValueId, options: CollapseOptions, exact: Collapsed): TensorQuality | null {
  const { graph, axis } = options;
  const before = graph.values[norm]!.definitions.find((form) => form.axis === axis)?.terms[0]?.value;
  const merged = before === undefined ? null : collapse(before, options);
  if (!merged || before === undefined) return null;
  const rounded = new Map([...merged].map(([source, operator]) => [source, rounding(operator, perTensor)]));
  const whole = collapse(value, { ...options, known: new Map([[before, rounded]]) });
  return compareKernels(exact, whole);
}

/** SQNR of the whole and of the worst output channel, in dB; null where they have no difference. */
function compareKernels(exact: Collapsed, rounded: Collapsed | null): TensorQuality | null {
  if (!rounded) return null;
  const [first] = exact.values();
  const signal = new Float64Array(first?.outChannels ?? 0);
  const noise = new Float64Array(signal.length);
  for (const [source, operator] of exact) {
    const other = rounded.get(source);
    const difference = other && explainAdd([operator, compose(scale(operator.outChannels, -1), other)]);
    if (!difference || isRefusal(difference)) return null;
    addEnergy(signal, operator);
    addEnergy(noise, difference);
  }
  const total = (energies: Float64Array) => energies.reduce((sum, energy) => sum + energy, 0);
  const channels = Array.from(signal, (energy, c) => decibels(energy, noise[c]!)).filter(
    (ratio) => !Number.isNaN(ratio),
  );
  return { perTensor: decibels(total(signal), total(noise)), worstChannel: Math.min(...channels) };
}

function addEnergy(energies: Float64Array, operator: Operator): void {
  const { values } = rowsOf(operator);
  const length = values.length / operator.outChannels;
  for (let index = 0; index < values.length; index++) energies[Math.floor(index / length)]! += values[index]! ** 2;
}

/** NaN for a channel without any weight. */
function decibels(signal: number, noise: number): number {
  if (signal === 0) return Number.NaN;
  return noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(signal / noise);
}
