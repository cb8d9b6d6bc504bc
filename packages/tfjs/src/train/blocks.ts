/** Train-time blocks of stock layers: a model made of them is saved, and loads, like any other. */
import { ShapeError } from '@reparam/core';
import { applyPlan, type StockLayers } from './apply-plan.ts';
import {
  type BlockShape,
  channelsOf,
  completeOptions,
  type KernelSize,
  type RepBlockOptions,
} from './block-options.ts';
import type { BlockPlan } from './block-plan.ts';
import { planDiverseBranches } from './plan-diverse-branches.ts';
import { planRepBlock } from './plan-rep-block.ts';
import { planRepMixer } from './plan-rep-mixer.ts';

/** A block that is called on a value `[batch, height, width, channels]`, like a layer. Each call makes layers of its own. */
export interface Block {
  /** @throws ShapeError where the block does not fit the value's channels. */
  apply<Value extends { readonly shape: readonly (number | null)[] }>(input: Value): Value;
}

/** Options of layers that all blocks take; those of `RepBlockOptions`. */
export interface NamedBlock {
  /** Name of the block's output; its layers are named `name/...`. By default TensorFlow.js names them. */
  readonly name?: string;
}

/** What blocks leave to the caller. */
export type Style = Pick<
  RepBlockOptions,
  'stride' | 'groups' | 'activation' | 'epsilon' | 'momentum' | 'kernelInitializer'
>;

/**
 * Parallel convolutions and a skip connection, as stock layers; deploys as one convolution with its activation. Outputs have
 * ceil(size / stride) rows and columns, and all branches one centre, as in PyTorch.
 *
 * With 1 < groups < channels, slices of the channels are made by Cropping2D, since there is no grouped convolution in TensorFlow.js; the width
 * has to be known then. Deployed, they are as many convolutions of neighbouring groups as are fastest on wasm: one with few channels.
 *
 * @param tf TensorFlow.js, or its layers package.
 * @throws ShapeError for options that no block has.
 * @example
 * const y = repBlock(tf, { filters: 32, kernels: [5, 3, 1], skip: 'norm', activation: 'relu' }).apply(x);
 */
export function repBlock(tf: StockLayers, options: RepBlockOptions & NamedBlock): Block {
  const shape = completeOptions('repBlock', options);
  return blockOf(tf, 'repBlock', options, (channels) => planRepBlock('repBlock', shape, channels));
}

export interface RepVGGOptions extends Style, NamedBlock {
  readonly filters: number;
}

/**
 * RepVGG (arXiv:2101.03697): a 3x3, a 1x1 and, where the shape stays, a skip, each normalized; then ReLU.
 *
 * @example
 * const y = repVGGBlock(tf, { filters: 64, stride: 2 }).apply(x);
 */
export function repVGGBlock(tf: StockLayers, options: RepVGGOptions): Block {
  const shape = completeOptions('repVGGBlock', { activation: 'relu', ...options, kernels: [3, 1] });
  return blockOf(tf, 'repVGGBlock', options, (channels) =>
    planRepBlock('repVGGBlock', withSkip(shape, channels), channels),
  );
}

export interface MobileOneOptions extends Style, NamedBlock {
  readonly filters: number;
  /** Default 3. */
  readonly kernelSize?: KernelSize;
  /** Number of copies of the convolution. Default 1. */
  readonly branches?: number;
}

/**
 * MobileOne (arXiv:2206.04040): copies of one convolution, a 1x1 beside kernels above 1, and a skip where the shape stays, each normalized;
 * then ReLU. With `groups` equal to the channels, the depthwise half of its block.
 *
 * @example
 * const y = mobileOneBlock(tf, { filters: 64, groups: 64, branches: 4 }).apply(x);
 */
export function mobileOneBlock(tf: StockLayers, options: MobileOneOptions): Block {
  const { kernelSize = 3, branches = 1, ...rest } = options;
  if (!Number.isInteger(branches) || branches < 1)
    throw new ShapeError(`mobileOneBlock: found ${branches} branches, expected a whole number above 0`);
  const isPoint = [kernelSize].flat().every((size) => size === 1);
  const kernels: KernelSize[] = [...new Array<KernelSize>(branches).fill(kernelSize), ...(isPoint ? [] : [1])];
  const shape = completeOptions('mobileOneBlock', { activation: 'relu', ...rest, kernels });
  return blockOf(tf, 'mobileOneBlock', options, (channels) =>
    planRepBlock('mobileOneBlock', withSkip(shape, channels), channels),
  );
}

export interface RepMixerOptions extends Omit<Style, 'stride' | 'groups'>, NamedBlock {
  /** Default 3. */
  readonly kernelSize?: KernelSize;
  /** What the factor of each channel starts at; null for none. Default 1e-5. */
  readonly layerScale?: number | null;
}

/**
 * RepMixer, the token mixer of FastViT (arXiv:2303.14189): `x + scale * (branches(x) - norm(x))`, depthwise. Deploys as one depthwise convolution.
 *
 * @example
 * const y = repMixerBlock(tf, { kernelSize: 3 }).apply(x);
 */
export function repMixerBlock(tf: StockLayers, options: RepMixerOptions = {}): Block {
  const { kernelSize = 3, layerScale = 1e-5, ...rest } = options;
  const shape = completeOptions('repMixerBlock', { ...rest, filters: 1, kernels: [kernelSize, 1], skip: 'norm' });
  return blockOf(tf, 'repMixerBlock', options, (channels) =>
    planRepMixer({ ...shape, filters: channels, groups: channels }, layerScale, channels),
  );
}

export interface KernelBlockOptions extends Style, NamedBlock {
  readonly filters: number;
  /** Default 3. */
  readonly kernelSize?: KernelSize;
}

/**
 * ACNet (arXiv:1908.03930): a kxk, a kx1 and a 1xk convolution, each normalized.
 *
 * @example
 * const y = acBlock(tf, { filters: 64, activation: 'relu' }).apply(x);
 */
export function acBlock(tf: StockLayers, options: KernelBlockOptions): Block {
  const { kernelSize = 3, ...rest } = options;
  const [height, width] = typeof kernelSize === 'number' ? [kernelSize, kernelSize] : kernelSize;
  const kernels: KernelSize[] = [kernelSize, [height, 1], [1, width]];
  const shape = completeOptions('acBlock', { ...rest, kernels });
  return blockOf(tf, 'acBlock', options, (channels) => planRepBlock('acBlock', shape, channels));
}

/**
 * DBB (arXiv:2103.13425): a kxk, a 1x1, a 1x1 before a kxk and a 1x1 before an average pooling, each normalized.
 *
 * @example
 * const y = dbBlock(tf, { filters: 64, activation: 'relu' }).apply(x);
 */
export function dbBlock(tf: StockLayers, options: KernelBlockOptions): Block {
  const { kernelSize = 3, ...rest } = options;
  const shape = completeOptions('dbBlock', { ...rest, kernels: [kernelSize] });
  return blockOf(tf, 'dbBlock', options, (channels) => planDiverseBranches('dbBlock', shape, channels));
}

function withSkip(shape: BlockShape, channels: number): BlockShape {
  return { ...shape, skip: shape.stride === 1 && shape.filters === channels ? 'norm' : 'none' };
}

function blockOf(tf: StockLayers, subject: string, { name }: NamedBlock, plan: (channels: number) => BlockPlan): Block {
  const nameOf = (part: string) => {
    if (name === undefined) return undefined;
    return part === 'activation' ? name : `${name}/${part}`;
  };
  return {
    apply(input) {
      const layers = plan(channelsOf(subject, input.shape));
      checkWidth(subject, layers, input.shape);
      return applyPlan(tf, layers, input, nameOf);
    },
  };
}

/** Cropping2D, told to crop channels, takes the width for another axis, and an open one for 0. */
function checkWidth(subject: string, plan: BlockPlan, shape: readonly (number | null)[]): void {
  if (shape[2] !== null || !plan.some(({ className }) => className === 'Cropping2D')) return;
  throw new ShapeError(
    `${subject}: found groups of channels on an open width, expected a known one: stock layers have no slice of channels that leaves it open`,
    { hint: 'declare the width, or take repConv2D' },
  );
}
