/** ScatterND at places that follow from positions: the inverse of where its updates go. */
import { pick } from './axes.ts';
import { greatestOf, type LeastSize, leastOf } from './bounds.ts';
import { addForms, type Form, formOf, numberOf, position, positionsIn, sameForm, subtractForms } from './form.ts';
import { between, moved, type Piecewise, simplify } from './piecewise.ts';

/**
 * `a` with `updates` written over it at `indices`. Each entry of an index must be one position of the updates, moved by what does not
 * vary, or not vary at all; no two entries the same position. null for others, and where a place may count from either end.
 */
export function scatter(a: Piecewise, indices: Piecewise, updates: Piecewise, least: LeastSize): Piecewise | null {
  const outer = indices.dims.length - 1;
  const depth = outer < 0 ? undefined : numberOf(indices.dims[outer]!);
  if (depth === undefined || depth > a.dims.length) return null;
  const dims = [...indices.dims.slice(0, outer), ...a.dims.slice(depth)];
  if (dims.length !== updates.dims.length || !dims.every((dim, axis) => sameForm(dim, updates.dims[axis]!)))
    return null;
  const positions: (Form | null)[] = dims.map((_, axis) => (axis < outer ? null : position(axis - outer + depth)));
  const where: Form[] = [];
  for (let axis = 0; axis < depth; axis++) {
    const place = placeOn(axis, a, indices, least);
    if (!place) return null;
    const [from, ...others] = positionsIn(place);
    if (from === undefined) where.push(...between(axis, place, addForms(place, formOf(1))));
    else {
      const start = subtractForms(place, position(from));
      if (others.length > 0 || place.terms.get(from) !== 1 || positions[from]) return null;
      positions[from] = subtractForms(position(axis), start);
      where.push(...between(axis, start, addForms(start, dims[from]!)));
    }
  }
  const known = positions.map((form, axis) => form ?? (numberOf(dims[axis]!) === 1 ? formOf(0) : null));
  if (!known.every((form) => form !== null)) return null; // several updates for one place
  return { dims: a.dims, pieces: [...a.pieces, ...moved(updates, a.dims, known, where).pieces] };
}

/** The place on an axis that an index names, counted from the front. */
function placeOn(axis: number, a: Piecewise, indices: Piecewise, least: LeastSize): Form | null {
  const entry = simplify(pick(indices, indices.dims.length - 1, formOf(axis)), least);
  if (entry?.pieces.length !== 1) return null;
  const place = entry.pieces[0]!.index[0]!;
  if (leastOf(place, least, entry.dims) >= 0) return place;
  return greatestOf(place, least, entry.dims) < 0 ? addForms(place, a.dims[axis]!) : null;
}
