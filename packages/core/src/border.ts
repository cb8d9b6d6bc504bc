/**
 * The border rule: is `second` after `first` one operator, also where `second` pads? Padding reads zeros where the composed operator
 * reads what `first` would have computed outside its output, so that must be zero too: its bias and its taps.
 */
import { type Axis, outputSize, span } from './axis.ts';
import { type Refusal, refuse } from './refusal.ts';
import type { Size } from './size.ts';

/** What is known on one spatial axis. */
export interface BorderCase {
  readonly second: Axis;
  readonly first: Axis;
  /** Size of `first`'s input and output, where known. */
  readonly inputSize?: Size | undefined;
  readonly middleSize?: Size | undefined;
  /** Whether `first` adds nothing on the channels that `second` reads; asked only where `second` pads. */
  readonly biasIsZero: () => boolean;
}

/** A shift that padding would read. */
export function refuseBorder(asked: 'exact' | 'repair' = 'exact'): Refusal {
  return refuse(
    'border',
    'a shift (bias, BatchNormalization, padding with a value) would be read by zero padding, or ends at a border: what it adds differs from position to position',
    asked === 'exact'
      ? 'allow a repair with --border repair, or move the shift behind the convolution'
      : 'declare the input size with --shape: then it may become a constant map',
  );
}

/** null where the composition is exact on both sides of the axis. */
export function checkBorder(border: BorderCase): Refusal | null {
  const begin = readsBefore(border.second);
  const end = readsAfter(border.second, border.middleSize);
  if (!begin && !end) return null;
  if (!border.biasIsZero()) {
    return refuseBorder();
  }
  if ((begin && !isZeroBefore(border.first)) || (end && !isZeroAfter(border))) {
    return refuse(
      'border',
      'a padded window follows one that reads past its own output: at the border the padding reads 0 where the single window would read data',
      'put all of the padding into the first window',
    );
  }
  return null;
}

/** Whether some output reads padding, for an input of this size. */
export function readsPadding(axis: Axis, size: Size | undefined): boolean {
  return readsBefore(axis) || readsAfter(axis, size);
}

/** Does the window read positions before the first? */
function readsBefore(axis: Axis): boolean {
  return axis.padBegin > 0;
}

function readsAfter(axis: Axis, size: Size | undefined): boolean {
  if (axis.padEnd <= 0) return false;
  if (typeof size !== 'number') return true;
  const outputs = outputSize(axis, size) as number;
  return axis.stride * (outputs - 1) + span(axis) - axis.padBegin > size - 1;
}

/** Output -1 of `first` would read only before its input: -stride + span - padBegin < 0. */
function isZeroBefore(first: Axis): boolean {
  return first.padBegin >= span(first) - first.stride + 1;
}

/** Output `middleSize` of `first` would read only after its input. */
function isZeroAfter({ first, inputSize, middleSize }: BorderCase): boolean {
  if (first.padEnd >= span(first)) return true;
  if (typeof inputSize !== 'number' || typeof middleSize !== 'number') return false;
  return first.stride * middleSize - first.padBegin >= inputSize;
}
