/** Lift of a convolution or transposed convolution given by plain weights. */
import type { Axis } from '../axis.ts';
import { ShapeError } from '../errors.ts';
import { type Operator, tapCount, weightCount } from '../operator.ts';
import { groupedSupport } from '../support.ts';
import { arrayOf, type LazyArray } from '../weight.ts';

/** A convolution as frameworks describe it. Lists have one entry per spatial axis. */
export interface ConvDescriptor {
  /** `[outChannels, inChannels / groups, ...kernel]`, row-major. */
  readonly weight: ArrayLike<number>;
  /** `[outChannels]`. */
  readonly bias?: ArrayLike<number> | undefined;
  readonly outChannels: number;
  readonly inChannels: number;
  readonly kernel?: readonly number[];
  readonly groups?: number;
  readonly stride?: readonly number[];
  readonly dilation?: readonly number[];
  /** Zero padding before each axis; negative crops. Default 0. */
  readonly padBegin?: readonly number[];
  /** Zero padding after each axis. Default: `padBegin`. */
  readonly padEnd?: readonly number[];
}

/**
 * A convolution over `kernel.length` spatial axes as an operator.
 *
 * @throws ShapeError where lengths do not fit the channel counts, or a number is out of range.
 * @example
 * conv({ weight, bias, outChannels: 64, inChannels: 64, kernel: [3, 3], padBegin: [1, 1] });
 */
export function conv(descriptor: ConvDescriptor): Operator {
  const { outChannels, inChannels, groups = 1, kernel = [] } = descriptor;
  const axes = convAxes(descriptor);
  checkChannels(outChannels, inChannels, groups);
  const expected = (outChannels * inChannels * tapCount(axes)) / groups;
  checkLength('weight', descriptor.weight, expected, `[${[outChannels, inChannels / groups, ...kernel].join(', ')}]`);
  if (descriptor.bias) checkLength('bias', descriptor.bias, outChannels, `[${outChannels}]`);
  return convOf(
    arrayOf(Float64Array.from(descriptor.weight)),
    descriptor.bias ? arrayOf(Float64Array.from(descriptor.bias)) : null,
    { outChannels, inChannels, groups, axes },
  );
}

/** As `conv`, from lazy arrays and axes that are already checked. */
export function convOf(
  weight: LazyArray,
  bias: LazyArray | null,
  shape: { outChannels: number; inChannels: number; groups: number; axes: readonly Axis[] },
): Operator {
  const { outChannels, inChannels, groups, axes } = shape;
  const operator: Operator = {
    kind: 'conv',
    outChannels,
    inChannels,
    support: groupedSupport(outChannels, inChannels, groups),
    axes,
    weight,
    bias,
  };
  checkLength('weight', weight, weightCount(operator), `${outChannels} x ${inChannels / groups} x kernel`);
  return operator;
}

function convAxes(descriptor: ConvDescriptor): Axis[] {
  const { kernel = [], stride, dilation, padBegin, padEnd } = descriptor;
  for (const [name, list] of Object.entries({ stride, dilation, padBegin, padEnd })) {
    if (list && list.length !== kernel.length) {
      throw new ShapeError(`conv: ${name} has ${list.length} entries, expected one per kernel axis, ${kernel.length}`);
    }
  }
  return kernel.map((size, axis) => ({
    kernel: checkPositive('kernel', size),
    stride: checkPositive('stride', stride?.[axis] ?? 1),
    dilation: checkPositive('dilation', dilation?.[axis] ?? 1),
    padBegin: checkWhole('padBegin', padBegin?.[axis] ?? 0),
    padEnd: checkWhole('padEnd', padEnd?.[axis] ?? padBegin?.[axis] ?? 0),
  }));
}

function checkChannels(outChannels: number, inChannels: number, groups: number): void {
  checkPositive('outChannels', outChannels);
  checkPositive('inChannels', inChannels);
  checkPositive('groups', groups);
  if (outChannels % groups !== 0 || inChannels % groups !== 0) {
    throw new ShapeError(
      `conv: found ${groups} groups, expected a divisor of ${inChannels} inputs and ${outChannels} outputs`,
    );
  }
}

export function checkPositive(name: string, value: number): number {
  if (!Number.isInteger(value) || value < 1)
    throw new ShapeError(`${name}: found ${value}, expected a whole number >= 1`);
  return value;
}

export function checkWhole(name: string, value: number): number {
  if (!Number.isInteger(value)) throw new ShapeError(`${name}: found ${value}, expected a whole number`);
  return value;
}

export function checkLength(name: string, values: { length: number }, expected: number, shape: string): void {
  if (values.length !== expected) {
    throw new ShapeError(`${name}: found ${values.length} values, expected ${expected}, ${shape}`);
  }
}
