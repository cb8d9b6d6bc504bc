/** Whether both sides of a law have the same output, and where they differ. */
import type { Solution } from './law.ts';

/** Relative to the largest output, at least 1: what float64 may differ by. */
const TOLERANCE = 1e-12;

export interface Comparison {
  readonly sameShape: boolean;
  readonly isEqual: boolean;
  /** Largest difference. */
  readonly largest: number;
  /** Of each output of the right side; empty where nothing differs, or the sizes do. */
  readonly wrong: readonly boolean[];
}

export function compareSides({ left, right }: Pick<Solution, 'left' | 'right'>): Comparison {
  const [a, b] = [left.output.data, right.output.data];
  const sameShape = a.length === b.length;
  const differences = Array.from(a, (value, index) => Math.abs(value - (b[index] ?? Number.NaN)));
  const allowed = TOLERANCE * Math.max(1, ...Array.from(a, Math.abs));
  const largest = Math.max(...differences);
  const isEqual = sameShape && largest <= allowed;
  const wrong = isEqual || !sameShape ? [] : differences.map((difference) => difference > allowed);
  return { sameShape, isEqual, largest, wrong };
}
