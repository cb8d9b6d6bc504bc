/** A trainable block as plain weights: parallel branches of convolutions and normalizations, and the one operator they sum up to. */
import { add } from '../algebra/add.ts';
import { compose } from '../algebra/compose.ts';
import { type BatchNormDescriptor, batchNorm } from '../lift/batch-norm.ts';
import { conv } from '../lift/conv.ts';
import { identity } from '../lift/identity.ts';
import type { Operator } from '../operator.ts';
import type { ConvWeights } from './conv-weights.ts';

/** A batch normalization with every field given, one value per channel. */
export interface NormWeights extends BatchNormDescriptor {
  readonly gamma: ArrayLike<number>;
  readonly beta: ArrayLike<number>;
  readonly epsilon: number;
}

export type TrainLayer = { readonly conv: ConvWeights } | { readonly norm: NormWeights };

export interface TrainBranch {
  /** Unique within the block: `main`, `1x1`, `identity`. Fit for names of parameters. */
  readonly name: string;
  /** In the order they are applied. None: the block's input itself. */
  readonly layers: readonly TrainLayer[];
}

/** `y = sum of branches(x)`; the first branch is the one that has the block's full kernel. */
export interface TrainBlock {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly branches: readonly TrainBranch[];
}

/**
 * The one operator that a block computes, normalizations with the statistics they hold (inference mode).
 *
 * @throws ShapeError where layers do not fit each other; ReparamError where they are no single operator.
 * @example
 * toConv(blockOperator(expand(layer, { block: 'repvgg' }))); // layer again
 */
export function blockOperator({ inChannels, branches }: TrainBlock): Operator {
  return add(...branches.map(({ layers }) => chainOperator(inChannels, layers)));
}

/** The layers of one branch as one operator. */
export function chainOperator(inChannels: number, layers: readonly TrainLayer[]): Operator {
  const [first = identity(inChannels), ...rest] = layers.map(layerOperator);
  return rest.reduce((before, layer) => compose(layer, before), first);
}

/** One layer as an operator. */
export function layerOperator(layer: TrainLayer): Operator {
  return 'conv' in layer ? conv(layer.conv) : batchNorm(layer.norm);
}
