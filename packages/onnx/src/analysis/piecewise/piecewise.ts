/**
 * Tensors of free size as piecewise affine maps: pieces, each on the positions where some linear forms are not negative, and on each
 * piece an element that some linear forms name. What exporters compute from Shape by Range, Slice and comparisons, and then pad, slice,
 * join and scatter by, is of this kind, and stays so under these operators; no size is tried, so what is found holds for all of them.
 */
import { isReady, readArray } from '@reparam/core';
import { type Constant, countOf } from '../constant.ts';
import { greatestOf, type LeastSize, leastOf } from './bounds.ts';
import { addForms, type Form, formOf, numberOf, plus, position, sameForm, substitute, subtractForms } from './form.ts';

/** Where all of `where` are >= 0, the element at the places `index` of a value or of a constant; of null, the whole number `index[0]`. */
export interface Piece {
  readonly where: readonly Form[];
  readonly of: string | Constant | null;
  readonly index: readonly Form[];
}

/** Of the pieces that hold a position the last is what the tensor has there; each position is in some. */
export interface Piecewise {
  readonly dims: readonly Form[];
  readonly pieces: readonly Piece[];
}

/** More pieces than padding and rings have are not followed. */
const MOST_PIECES = 128;

/** One piece, everywhere. */
export function whole(dims: readonly Form[], of: Piece['of'], index: readonly Form[]): Piecewise {
  return { dims, pieces: [{ where: [], of, index }] };
}

/** Whole numbers that follow from sizes, as a list; a scalar if there is no axis. */
export function listOf(entries: readonly Form[], rank = 1): Piecewise {
  if (rank === 0) return whole([], null, [entries[0]!]);
  const pieces = entries.map((entry, place): Piece => ({ where: at(0, place), of: null, index: [entry] }));
  const dims = [formOf(entries.length)];
  return { dims, pieces: entries.length === 1 ? [{ ...pieces[0]!, where: [] }] : pieces };
}

/** The positions `place` of an axis. */
function at(axis: number, place: number): Form[] {
  return between(axis, formOf(place), formOf(place + 1));
}

/** The positions of an axis from one form to another, which is left out. */
export function between(axis: number, from: Form, to: Form): Form[] {
  return [subtractForms(position(axis), from), subtractForms(plus(to, -1), position(axis))];
}

/** A float constant: without the axes along which its values are the same. */
export function constantPiecewise(constant: Constant): Piecewise | null {
  if (!isReady(constant.values)) return null;
  const values = readArray(constant.values);
  const index = constant.dims.map((size, axis) => {
    const stride = countOf(constant.dims.slice(axis + 1));
    const varies = values.some((value, place) => {
      const along = Math.floor(place / stride) % size;
      return value !== values[place - along * stride];
    });
    return varies ? position(axis) : formOf(0);
  });
  return whole(constant.dims.map(formOf), constant, index);
}

/** Whole numbers that are linear in their positions; null for others, unless they are few. */
export function wholePiecewise(constant: Constant): Piecewise | null {
  if (!isReady(constant.values)) return null;
  const { dims } = constant;
  const values = readArray(constant.values);
  const strides = dims.map((_, axis) => countOf(dims.slice(axis + 1)));
  let form = formOf(values[0] ?? 0);
  for (const [axis, size] of dims.entries())
    if (size > 1) form = addForms(form, position(axis), values[strides[axis]!]! - values[0]!);
  const isLinear = values.every((value, place) => {
    const along = strides.map((stride, axis) => formOf(Math.floor(place / stride) % dims[axis]!));
    return numberOf(substitute(form, along)) === value;
  });
  if (isLinear) return whole(dims.map(formOf), null, [form]);
  return dims.length === 1 && values.length <= 16 ? listOf(Array.from(values, formOf)) : null;
}

/** The same pieces seen from new positions: `positions[axis]` is what the old one on an axis is. */
export function moved(
  { pieces }: Piecewise,
  dims: readonly Form[],
  positions: readonly Form[],
  where: readonly Form[] = [],
): Piecewise {
  const place = (form: Form) => substitute(form, positions);
  const turned = pieces.map((piece) => ({
    ...piece,
    where: [...where, ...piece.where.map(place)],
    index: piece.index.map(place),
  }));
  return { dims, pieces: turned };
}

/** Pieces on some of the positions only. */
export function restrict(pieces: readonly Piece[], where: readonly Form[]): Piece[] {
  return pieces.map((piece) => ({ ...piece, where: [...where, ...piece.where] }));
}

/** Without conditions that always hold, pieces that are empty, and pieces that lie under another everywhere. */
export function simplify({ dims, pieces }: Piecewise, least: LeastSize): Piecewise | null {
  let kept: Piece[] = [];
  for (const piece of pieces) {
    const where = simplifyWhere(piece.where, dims, least);
    if (where === null) continue;
    if (where.length === 0) kept = [];
    kept.push({ ...piece, where });
    if (kept.length > MOST_PIECES) return null;
  }
  return { dims, pieces: kept };
}

/** null where no position meets all conditions. */
function simplifyWhere(where: readonly Form[], dims: readonly Form[], least: LeastSize): readonly Form[] | null {
  const kept: Form[] = [];
  for (const form of where) {
    if (leastOf(form, least, dims) >= 0 || kept.some((other) => sameForm(other, form))) continue;
    if (greatestOf(form, least, dims) < 0) return null;
    if (kept.some((other) => greatestOf(addForms(other, form), least, dims) < 0)) return null;
    kept.push(form);
  }
  return kept.filter(
    (form, place) =>
      !kept.some((other, index) => {
        const room = index === place ? Number.NaN : leastOf(subtractForms(form, other), least, dims);
        return room > 0 || (room === 0 && index < place); // the other one says more
      }),
  );
}
