/** Where the pieces of a map begin and end on each axis, and the sizes at which that has to be looked at. */
import type { LeastSize } from './bounds.ts';
import { addForms, type Form, formOf, formValue, plus, position, positionsIn, sizesIn, subtractForms } from './form.ts';
import type { Piecewise } from './piecewise.ts';

export type Sizes = ReadonlyMap<string, number>;

export interface Cells {
  /** Forms of sizes: on each axis what holds at a position changes only at these. */
  readonly cuts: readonly (readonly Form[])[];
  /** For each free size those to look at. */
  readonly sizes: ReadonlyMap<string, readonly number[]>;
}

/** Larger sizes are not looked at. */
const LARGEST = 64;

/** Cells of a map, `more` being further cuts. null where a condition reads several positions, or several sizes meet on an axis. */
export function cellsOf(map: Piecewise, more: readonly (readonly Form[])[], least: LeastSize): Cells | null {
  const cuts = map.dims.map((dim, axis) => [formOf(0), dim, ...(more[axis] ?? [])]);
  const differences: Form[] = [];
  for (const form of map.pieces.flatMap(({ where }) => where)) {
    const [axis, ...others] = positionsIn(form);
    if (axis === undefined) differences.push(form);
    else {
      const coefficient = form.terms.get(axis)!;
      if (others.length > 0 || Math.abs(coefficient) !== 1) return null;
      const rest = addForms(form, position(axis), -coefficient);
      cuts[axis]!.push(coefficient > 0 ? subtractForms(formOf(0), rest) : plus(rest, 1));
    }
  }
  for (const own of cuts) for (const a of own) differences.push(...own.map((b) => subtractForms(a, b)));
  const read = map.pieces.flatMap(({ index }) => index.flatMap(sizesIn));
  const settled = new Map([...read, ...differences.flatMap(sizesIn)].map((name) => [name, least(name)]));
  for (const form of differences) {
    const [name, ...others] = sizesIn(form);
    if (others.length > 0) return null;
    if (name === undefined) continue;
    const from = Math.floor(Math.abs(form.constant / form.terms.get(name)!)) + 1;
    if (from > LARGEST) return null;
    settled.set(name, Math.max(settled.get(name)!, from));
  }
  const upTo = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
  return { cuts, sizes: new Map([...settled].map(([name, to]) => [name, upTo(least(name), to + 1)])) };
}

/** All combinations. */
export function combine(sizes: Cells['sizes']): Sizes[] {
  let all: [string, number][][] = [[]];
  for (const [name, values] of sizes)
    all = all.flatMap((known) => values.map((value) => [...known, [name, value] as [string, number]]));
  return all.map((known) => new Map(known));
}

/** The first and last positions of the cells of an axis. */
export function endsOf(cuts: readonly Form[], dim: number, sizes: Sizes): number[] {
  const places = cuts.flatMap((cut) => {
    const at = sizeValue(cut, sizes);
    return [at - 1, at];
  });
  return [...new Set(places)].filter((place) => place >= 0 && place < dim);
}

export function sizeValue(form: Form, sizes: Sizes): number {
  return formValue(form, (name) => sizes.get(name as string)!);
}
