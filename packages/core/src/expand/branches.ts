/** New branches with their first weights. */
import { type Axis, pointAxis } from '../axis.ts';
import type { BranchPlan } from './block-kinds.ts';
import { type ConvWeights, windowLists } from './conv-weights.ts';
import { normOf, type Round, randomWeights, unitVariance } from './initial-weights.ts';
import type { TrainBranch } from './train-block.ts';
import { windowOf } from './windows.ts';

export interface BranchMaker {
  /** The convolution that is expanded. */
  readonly main: ConvWeights;
  readonly axes: readonly Axis[];
  /** Wanted deviation of each branch's output, by channel. */
  readonly deviation: Float64Array;
  readonly round: Round;
}

export function makeBranch(plan: BranchPlan, maker: BranchMaker, seed: number): TrainBranch {
  if (plan.kind === 'skip') return makeSkip(plan.name, maker);
  if (plan.kind === 'thin') return makeThin(plan.name, plan.rank, maker, seed);
  const axes = maker.axes.map((axis, index) => windowOf(axis, plan.taps[index]!));
  const conv = makeConv(maker, maker.main.outChannels, maker.main.inChannels, axes, seed);
  const variance = unitVariance(conv);
  const factor = maker.deviation.map((wanted, c) => wanted / Math.sqrt(variance[c]!));
  const norm = normOf(variance, factor, new Float64Array(variance.length), maker.round);
  return { name: plan.name, layers: [{ conv }, { norm }] };
}

/** The input itself, normalized: its variance is taken to be 1. */
function makeSkip(name: string, { main, deviation, round }: BranchMaker): TrainBranch {
  const variance = new Float64Array(main.outChannels).fill(1);
  const norm = normOf(variance, deviation, new Float64Array(main.outChannels), round);
  return { name, layers: [{ norm }] };
}

/** The kernel to few channels, and from them to all; the second has no kernel, so no border is between them. */
function makeThin(name: string, rank: number, maker: BranchMaker, seed: number): TrainBranch {
  const { main, deviation, round } = maker;
  const middle = rank * main.groups;
  const down = makeConv(maker, middle, main.inChannels, maker.axes, seed);
  const point = maker.axes.map(() => pointAxis);
  const up = makeConv(maker, main.outChannels, middle, point, seed + 0x5bd1e995);
  const weight = Float64Array.from(up.weight, (value, index) => value * deviation[Math.floor(index / rank)]!);
  return { name, layers: [{ conv: down }, { conv: { ...up, weight: round(weight) } }] };
}

function makeConv(
  { main, round }: BranchMaker,
  outChannels: number,
  inChannels: number,
  axes: readonly Axis[],
  seed: number,
): ConvWeights {
  const fanIn = axes.reduce((product, { kernel }) => product * kernel, inChannels / main.groups);
  return {
    weight: round(randomWeights(outChannels * fanIn, fanIn, seed)),
    outChannels,
    inChannels,
    groups: main.groups,
    ...windowLists(axes),
  };
}
