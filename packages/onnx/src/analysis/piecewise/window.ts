/**
 * Is a piecewise map a window on its source, with one constant per channel around it, whatever the free sizes are?
 *
 * Each condition of a piece bounds the position on one axis by a form of one free size, and so do the two ends of the expected window.
 * Between neighbouring bounds of each axis, in a cell, one piece holds, and all positions or none lie in the window. From some size on,
 * the bounds no longer change places: two that differ by `k * size + c` do not where the size is more than |c / k|. Call the first such
 * size settled. Up to it each size is looked at. From it on cells only move and grow, and in one the place that is shown and the place
 * that is expected are linear in the positions and the sizes: where they agree at the first and the last positions of all axes, for
 * the settled sizes and those one larger, they agree everywhere, for all sizes. So it is enough to look at the first and last positions
 * of each cell, for each combination of sizes up to one more than the settled ones.
 */
import { readArray } from '@reparam/core';
import { type Constant, countOf } from '../constant.ts';
import type { LeastSize } from './bounds.ts';
import { type Cells, cellsOf, combine, endsOf, type Sizes, sizeValue } from './cells.ts';
import { type Form, formOf, formValue, numberOf, plus, subtractForms } from './form.ts';
import type { Piece, Piecewise } from './piecewise.ts';

export interface PiecewiseWindow {
  /** The value that shows. */
  readonly source: string;
  /** Padding of each axis; negative where it crops. */
  readonly begin: readonly number[];
  readonly end: readonly number[];
  /** For each channel, the source's that it shows. */
  readonly channels: readonly number[];
  /** For each channel, what is around the window. */
  readonly outside: Float64Array;
}

/** Looking at more places than this takes too long. */
const MOST_PLACES = 2 ** 18;

/** null where it is none, and where the argument above does not tell. `dimsOf` are those of the value that shows. */
export function readWindow(
  map: Piecewise,
  dimsOf: (source: string) => readonly Form[] | null,
  least: LeastSize,
): PiecewiseWindow | null {
  const [source, ...others] = new Set(map.pieces.flatMap(({ of }) => (typeof of === 'string' ? [of] : [])));
  const sourceDims = source !== undefined && others.length === 0 ? dimsOf(source) : null;
  const channels = numberOf(map.dims[1] ?? formOf(0));
  if (!sourceDims || sourceDims.length !== map.dims.length || !channels) return null;
  if (numberOf(sourceDims[1]!) === undefined) return null;
  const rough = cellsOf(map, [], least);
  const shown = rough && findShown(map, rough, channels);
  if (!shown) return null;
  const begin = shown.begin.map((padding, axis) => (axis === 1 ? 0 : padding));
  const end = map.dims.map((dim, axis) =>
    axis === 1 ? 0 : numberOf(plus(subtractForms(dim, sourceDims[axis]!), -begin[axis]!)),
  );
  if (begin[0] !== 0 || end[0] !== 0 || !end.every((padding) => padding !== undefined)) return null;
  const bounds = sourceDims.map((dim, axis) => (axis === 1 ? [] : [formOf(begin[axis]!), plus(dim, begin[axis]!)]));
  const cells = cellsOf(map, bounds, least);
  const outside = cells && checkCells(map, cells, sourceDims, begin, shown.channels);
  return outside && { source: source!, begin, end, channels: shown.channels, outside };
}

/** What each channel shows where it shows anything, for large sizes: the distance on each axis, and the channel of the source. */
function findShown(map: Piecewise, cells: Cells, channels: number): { begin: number[]; channels: number[] } | null {
  const sizes: Sizes = new Map([...cells.sizes].map(([name, values]) => [name, values.at(-1)!]));
  const at = pieceFinder(map, sizes);
  for (const place of placesOf(map, cells, sizes)) {
    const { of, index } = at(place) ?? {};
    if (typeof of !== 'string') continue;
    const from = index!.map((form) => valueAt(form, place, sizes));
    const all = Array.from({ length: channels }, (_, channel) => {
      const there = place.map((position, axis) => (axis === 1 ? channel : position));
      const piece = at(there);
      return typeof piece?.of === 'string' ? valueAt(piece.index[1]!, there, sizes) : -1;
    });
    if (all.includes(-1) || new Set(all).size < channels) return null;
    return { begin: place.map((position, axis) => position - from[axis]!), channels: all };
  }
  return null;
}

/** The constant of each channel outside of the window; null where some place is not as expected. */
function checkCells(
  map: Piecewise,
  cells: Cells,
  sourceDims: readonly Form[],
  begin: readonly number[],
  channels: readonly number[],
): Float64Array | null {
  const around = new Surroundings(channels.length);
  let looked = 0;
  for (const sizes of combine(cells.sizes)) {
    const limits = sourceDims.map((dim) => sizeValue(dim, sizes));
    if ([...limits, ...map.dims.map((dim) => sizeValue(dim, sizes))].some((limit) => limit < 0)) continue; // no such tensor
    const at = pieceFinder(map, sizes);
    const places = placesOf(map, cells, sizes);
    looked += places.length;
    if (looked > MOST_PLACES) return null;
    for (const place of places) {
      const piece = at(place);
      const expected = place.map((position, axis) => (axis === 1 ? channels[position]! : position - begin[axis]!));
      const isInside = expected.every((position, axis) => position >= 0 && position < limits[axis]!);
      if (!piece || isInside !== (typeof piece.of === 'string')) return null;
      const agrees = isInside
        ? piece.index.every((form, axis) => valueAt(form, place, sizes) === expected[axis])
        : around.agrees(piece, place[1]!, cells.cuts[1]!);
      if (!agrees) return null;
    }
  }
  return around.values;
}

/** The constant of each channel, and whether pieces have that one. */
class Surroundings {
  readonly values: Float64Array;
  private readonly seen: boolean[];
  private readonly known = new Map<string, boolean>();
  private readonly numbers = new Map<Piece, number>();

  constructor(channels: number) {
    this.values = new Float64Array(channels);
    this.seen = new Array<boolean>(channels).fill(false);
  }

  /** In the cell of the channel. */
  agrees(piece: Piece, channel: number, cuts: readonly Form[]): boolean {
    const ends = cuts.map((cut) => numberOf(cut)!).sort((a, b) => a - b);
    const to = ends.find((end) => end > channel)!;
    const from = ends.filter((end) => end <= channel).at(-1)!;
    if (!this.numbers.has(piece)) this.numbers.set(piece, this.numbers.size);
    const key = `${this.numbers.get(piece)} ${from}`;
    if (!this.known.has(key)) this.known.set(key, this.fits(piece, from, to));
    return this.known.get(key)!;
  }

  private fits({ of, index }: Piece, from: number, to: number): boolean {
    const { dims, values } = of as Constant;
    if (index.some(({ terms }) => [...terms.keys()].some((variable) => variable !== 1))) return false;
    const array = readArray(values);
    for (let channel = from; channel < to; channel++) {
      const place = index.reduce(
        (sum, form, axis) => sum + formValue(form, () => channel) * countOf(dims.slice(axis + 1)),
        0,
      );
      if (!this.seen[channel]) this.values[channel] = array[place]!;
      this.seen[channel] = true;
      if (this.values[channel] !== array[place]) return false;
    }
    return true;
  }
}

/** The piece that holds a position, for given sizes. */
function pieceFinder({ pieces }: Piecewise, sizes: Sizes): (place: readonly number[]) => Piece | undefined {
  return (place) => pieces.findLast(({ where }) => where.every((form) => valueAt(form, place, sizes) >= 0));
}

function placesOf({ dims }: Piecewise, { cuts }: Cells, sizes: Sizes): number[][] {
  const ends = dims.map((dim, axis) => endsOf(cuts[axis]!, sizeValue(dim, sizes), sizes));
  return ends.reduce<number[][]>((all, own) => all.flatMap((place) => own.map((end) => [...place, end])), [[]]);
}

function valueAt(form: Form, place: readonly number[], sizes: Sizes): number {
  return formValue(form, (variable) => (typeof variable === 'number' ? place[variable]! : sizes.get(variable)!));
}
