/**
 * Sums of two values that are scaled alike, up to the sign: d * a - d * b = d * (a - b), written with one operator less. Where one is taken
 * away as it is, the sum is a Sub.
 */
import type { LazyArray, Ref, Step, Values } from '@reparam/core';

/** How a step that adds is written. */
export interface Sum {
  readonly opType: 'Add' | 'Sub';
  readonly inputs: readonly [Ref, Ref];
  /** What stands behind it; null for nothing. */
  readonly scaled: ((input: Ref) => Step) | null;
}

export interface Sums {
  /** By the place of the step. */
  readonly sums: ReadonlyMap<number, Sum>;
  /** Places of steps that are not written on their own. */
  readonly within: ReadonlySet<number>;
}

/** A part of a sum: what is scaled, and by what; null for a part that is not. */
interface Part {
  readonly input: Ref;
  readonly place: number;
  readonly factor: LazyArray;
  readonly shift: LazyArray | null;
}

type Read = (array: LazyArray) => Values;

export function findSums(steps: readonly Step[], read: Read): Sums {
  const sums = new Map<number, Sum>();
  const within = new Set<number>();
  const readers = steps.flatMap((step) => ('inputs' in step ? step.inputs : [step.input]));
  const partOf = (ref: Ref): Part | null => {
    const step = 'step' in ref ? steps[ref.step]! : null;
    if (step?.op !== 'scale' && step?.op !== 'affine') return null;
    const { step: place } = ref as { step: number };
    if (readers.filter((other) => 'step' in other && other.step === place).length > 1) return null;
    return { input: step.input, place, factor: step.factor, shift: step.op === 'affine' ? step.shift : null };
  };
  for (const [place, step] of steps.entries()) {
    if (step.op !== 'add') continue;
    const parts = step.inputs.map(partOf) as [Part | null, Part | null];
    const sum = joinParts(step.inputs, parts, read);
    if (!sum) continue;
    sums.set(place, sum);
    for (const part of parts) if (part) within.add(part.place);
  }
  return { sums, within };
}

function joinParts(
  [a, b]: readonly [Ref, Ref],
  [first, second]: readonly [Part | null, Part | null],
  read: Read,
): Sum | null {
  if (!first || !second) {
    const negative = first ?? second;
    if (!negative || negative.shift || !read(negative.factor).every((factor) => factor === -1)) return null;
    return { opType: 'Sub', inputs: first ? [b, first.input] : [a, second!.input], scaled: null };
  }
  if (first.shift && second.shift) return null;
  const [factors, others] = [read(first.factor), read(second.factor)];
  const isAlike = (sign: number) => factors.every((factor, channel) => factor === sign * others[channel]!);
  const opType = isAlike(1) ? 'Add' : isAlike(-1) ? 'Sub' : null;
  if (!opType) return null;
  const { factor } = first;
  const shift = first.shift ?? second.shift;
  const scaled = (input: Ref): Step =>
    shift ? { op: 'affine', input, factor, shift } : { op: 'scale', input, factor };
  return { opType, inputs: [first.input, second.input], scaled };
}
