/** Options of train-time blocks, checked once. */
import { ShapeError } from '@reparam/core';

/** A RepBlock: parallel convolutions of odd kernel sizes, each with its normalization, and a skip connection, added. */
export interface RepBlockOptions {
  /** Output channels. */
  readonly filters: number;
  /** Kernel size of each branch, odd: a number, or height and width. Default [3, 1]. */
  readonly kernels?: readonly KernelSize[];
  /** Default 1. */
  readonly stride?: number;
  /** Groups of channels that each convolution keeps apart; divides input and output channels. Default 1. */
  readonly groups?: number;
  /** Whether each branch normalizes its output or its input. Default 'after'. */
  readonly norm?: 'after' | 'before';
  /** Skip connection: with its own normalization, as it is, or none. Needs equal channels and stride 1. Default 'none'. */
  readonly skip?: 'norm' | 'identity' | 'none';
  /** Whether the convolutions have biases, which a normalization behind them makes useless. Default false. */
  readonly useBias?: boolean;
  /** Activation of the sum, as TensorFlow.js names it. Default 'linear'. */
  readonly activation?: string;
  /** Epsilon of the normalizations. Default 1e-3, as in TensorFlow.js. */
  readonly epsilon?: number;
  /** Momentum of their moving statistics. Default 0.99, as in TensorFlow.js. */
  readonly momentum?: number;
  /** Initializer of the kernels, as TensorFlow.js names it. Default 'glorotUniform'. */
  readonly kernelInitializer?: string;
}

export type KernelSize = number | readonly [height: number, width: number];

/** Options with every default filled in. */
export interface BlockShape extends Required<Omit<RepBlockOptions, 'kernels'>> {
  readonly kernels: readonly (readonly [height: number, width: number])[];
}

const OPTIONS = [
  'stride',
  'groups',
  'norm',
  'skip',
  'useBias',
  'activation',
  'epsilon',
  'momentum',
  'kernelInitializer',
] as const;

/** @throws ShapeError where an option is none that a block can have. */
export function completeOptions(subject: string, options: RepBlockOptions): BlockShape {
  const kernels = (options.kernels ?? [3, 1]).map((size) => kernelOf(subject, size));
  if (kernels.length === 0) throw new ShapeError(`${subject}: found no kernel size, expected at least one`);
  const shape: BlockShape = {
    stride: 1,
    groups: 1,
    norm: 'after',
    skip: 'none',
    useBias: false,
    activation: 'linear',
    epsilon: 1e-3,
    momentum: 0.99,
    kernelInitializer: 'glorotUniform',
    ...givenOptions(options),
    kernels,
  };
  for (const key of ['filters', 'stride', 'groups'] as const) checkCount(subject, key, shape[key]);
  checkOneOf(subject, 'norm', shape.norm, ['after', 'before']);
  checkOneOf(subject, 'skip', shape.skip, ['norm', 'identity', 'none']);
  return shape;
}

/** @throws ShapeError where the block does not fit that many input channels. */
export function checkChannels(subject: string, { filters, stride, groups, skip }: BlockShape, channels: number): void {
  if (channels % groups !== 0 || filters % groups !== 0)
    throw new ShapeError(
      `${subject}: found ${groups} groups for ${channels} input and ${filters} output channels, expected a divisor of both`,
    );
  if (skip !== 'none' && (stride !== 1 || filters !== channels))
    throw new ShapeError(
      `${subject}: found a skip connection at stride ${stride} from ${channels} to ${filters} channels, expected stride 1 and equal channels`,
      { hint: "leave it out: skip: 'none'" },
    );
}

/** Channels of a value `[batch, height, width, channels]`. @throws ShapeError where it is none, or they are open. */
export function channelsOf(subject: string, shape: readonly (number | null)[]): number {
  const channels = shape.at(-1);
  if (shape.length === 4 && typeof channels === 'number') return channels;
  throw new ShapeError(
    `${subject}: found an input of shape [${shape.map((size) => size ?? 'open').join(', ')}], expected [batch, height, width, channels] with known channels`,
  );
}

/** @throws ShapeError where it is no odd size. */
export function kernelOf(subject: string, size: KernelSize): readonly [number, number] {
  const sizes = typeof size === 'number' ? ([size, size] as const) : size;
  const isOdd = (value: unknown) => Number.isInteger(value) && (value as number) > 0 && (value as number) % 2 === 1;
  if (Array.isArray(sizes) && sizes.length === 2 && sizes.every(isOdd)) return sizes;
  throw new ShapeError(
    `${subject}: found the kernel size ${JSON.stringify(size)}, expected an odd number or two, so that all branches have one centre`,
  );
}

/** Options that are given, and no others: a layer has more. */
function givenOptions(options: RepBlockOptions): Pick<RepBlockOptions, 'filters'> {
  const given = OPTIONS.filter((key) => options[key] !== undefined && options[key] !== null);
  return { filters: options.filters, ...Object.fromEntries(given.map((key) => [key, options[key]])) };
}

function checkCount(subject: string, key: string, value: unknown): void {
  if (Number.isInteger(value) && (value as number) > 0) return;
  throw new ShapeError(`${subject}: found ${key} ${JSON.stringify(value)}, expected a whole number above 0`);
}

function checkOneOf(subject: string, key: string, value: string, names: readonly string[]): void {
  if (names.includes(value)) return;
  throw new ShapeError(`${subject}: found ${key} ${JSON.stringify(value)}, expected one of: ${names.join(', ')}`);
}
