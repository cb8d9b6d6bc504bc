/**
 * expand: the way back, from one convolution to a multi-branch block that computes the same, for fine-tuning.
 *
 *     main = W - (sum of the other branches),   so main(x) + sum of branches(x) = W x
 *
 * Each other branch begins with seeded weights; its contribution is `scale` of the convolution's own.
 */
import { add } from '../algebra/add.ts';
import { compose } from '../algebra/compose.ts';
import { ShapeError } from '../errors.ts';
import { groupedWeights } from '../layout.ts';
import { type ConvDescriptor, checkPositive, conv as liftConv } from '../lift/conv.ts';
import { scale as liftScale } from '../lift/scale.ts';
import { isRefusal, type Refusal, throwRefusal } from '../refusal.ts';
import { absorbNorm } from './absorb-norm.ts';
import { type BlockKind, planBranches } from './block-kinds.ts';
import { type BranchMaker, makeBranch } from './branches.ts';
import { type ConvWeights, completeConv } from './conv-weights.ts';
import { exactly, normOf, type Round, unitVariance } from './initial-weights.ts';
import { chainOperator, type TrainBlock, type TrainBranch } from './train-block.ts';

export interface ExpandOptions {
  readonly block: BlockKind;
  /** Seed of the new branches' weights. Default 0. */
  readonly seed?: number;
  /** Deviation of each new branch's output relative to the convolution's, for unit inputs. Default 0.1; 0 begins them at zero. */
  readonly scale?: number;
  /** Channels in the middle of a `low-rank` branch, in each group. Default 4. */
  readonly rank?: number;
  /**
   * Rounds to what the weights will be stored as, such as `Float32Array.from`. The new branches then hold such numbers already, and the main
   * branch, whose own rounding alone is left, makes up for it.
   */
  readonly round?: Round;
}

/**
 * A trainable multi-branch block that computes the same as the convolution: RepVGG, ACNet, dilated (UniRepLKNet) or low-rank (LoRA). Every
 * branch is normalized, but for the low-rank one. Statistics are those of independent inputs of mean 0 and variance 1.
 *
 * @throws ShapeError where weights and sizes do not fit; ReparamError with code `no-branch` where the kernel leaves no room for a branch.
 * @example
 * const block = expand({ weight, outChannels: 64, inChannels: 64, kernel: [3, 3], padBegin: [1, 1] }, { block: 'repvgg', seed: 7 });
 * toConv(blockOperator(block)); // the same convolution
 */
export function expand(conv: ConvDescriptor, options: ExpandOptions): TrainBlock {
  const result = explainExpand(conv, options);
  return isRefusal(result) ? throwRefusal(result) : result;
}

/** As `expand`, but a convolution that has no such block comes back as a refusal. */
export function explainExpand(conv: ConvDescriptor, options: ExpandOptions): TrainBlock | Refusal {
  const { block, seed = 0, scale = 0.1, rank = 4, round = exactly } = options;
  if (!(scale >= 0 && scale < Number.POSITIVE_INFINITY)) {
    throw new ShapeError(`expand scale: found ${scale}, expected a number of at least 0`);
  }
  const main = completeConv(conv);
  const axes = liftConv(main).axes;
  const plans = planBranches({ ...main, axes }, block, checkPositive('expand rank', rank));
  if (isRefusal(plans)) return plans;
  const deviation = unitVariance(main).map((variance) => scale * Math.sqrt(variance));
  const maker: BranchMaker = { main, axes, deviation, round };
  const extras = plans.map((plan, index) => makeBranch(plan, maker, seed * 31 + index));
  const { inChannels, outChannels } = main;
  const first = mainBranch(main, extras, block !== 'low-rank', round);
  return { inChannels, outChannels, branches: [first, ...extras] };
}

/** What is left of the convolution without the other branches. */
function mainBranch(main: ConvWeights, extras: readonly TrainBranch[], normalized: boolean, round: Round): TrainBranch {
  const negated = extras.map(({ layers }) =>
    compose(liftScale(main.outChannels, -1), chainOperator(main.inChannels, layers)),
  );
  const rest = add(liftConv(main), ...negated);
  const weight = Float64Array.from(groupedWeights(rest, main.groups));
  if (!normalized) return { name: 'main', layers: [{ conv: { ...main, weight } }] };
  const left = { ...main, weight };
  const ones = new Float64Array(main.outChannels).fill(1);
  const shift = Float64Array.from(main.bias ?? new Float64Array(main.outChannels));
  const norm = normOf(unitVariance(left), ones, shift, round);
  return { name: 'main', layers: absorbNorm(left, norm) };
}
