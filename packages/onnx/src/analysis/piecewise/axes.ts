/** Piecewise maps with their axes cut, joined, added, dropped, repeated and reordered. null where that depends on a size. */
import { addForms, type Form, formOf, numberOf, plus, position, sameForm, subtractForms } from './form.ts';
import { between, moved, type Piece, type Piecewise } from './piecewise.ts';

const here = (dims: readonly Form[]): Form[] => dims.map((_, axis) => position(axis));

const isOne = (dim: Form): boolean => numberOf(dim) === 1;

/** `count` positions of an axis from `start`, which must lie inside. */
export function cut(a: Piecewise, axis: number, start: Form, count: Form): Piecewise {
  const positions = here(a.dims);
  positions[axis] = addForms(positions[axis]!, start);
  return moved(
    a,
    a.dims.map((dim, index) => (index === axis ? count : dim)),
    positions,
  );
}

/** One position of an axis, without the axis. */
export function pick(a: Piecewise, axis: number, place: Form): Piecewise {
  const dims = a.dims.filter((_, index) => index !== axis);
  const positions = a.dims.map((_, index) => (index === axis ? place : position(index < axis ? index : index - 1)));
  return moved(a, dims, positions);
}

/** The new axis `axis` is the old one `order[axis]`. */
export function reorder(a: Piecewise, order: readonly number[]): Piecewise {
  return moved(
    a,
    order.map((axis) => a.dims[axis]!),
    a.dims.map((_, axis) => position(order.indexOf(axis))),
  );
}

/** With axes of size 1 added and dropped; null where anything else would change. */
export function regroup(a: Piecewise, dims: readonly Form[]): Piecewise | null {
  const left = dims.flatMap((dim, axis) => (isOne(dim) ? [] : [axis]));
  const positions: Form[] = [];
  for (const dim of a.dims) {
    if (isOne(dim)) positions.push(formOf(0));
    else {
      const axis = left.shift();
      if (axis === undefined || !sameForm(dims[axis]!, dim)) return null;
      positions.push(position(axis));
    }
  }
  return left.length === 0 ? moved(a, dims, positions) : null;
}

/** Repeated along axes of size 1 and new axes in front. */
export function spread(a: Piecewise, dims: readonly Form[]): Piecewise | null {
  const added = dims.length - a.dims.length;
  const fits = a.dims.every((dim, axis) => isOne(dim) || sameForm(dim, dims[axis + added]!));
  if (added < 0 || !fits) return null;
  const positions = a.dims.map((dim, axis) => (isOne(dim) ? formOf(0) : position(axis + added)));
  return moved(a, dims, positions);
}

/** The dims that all of them broadcast to. */
export function commonDims(all: readonly (readonly Form[])[]): Form[] | null {
  const rank = Math.max(...all.map((dims) => dims.length));
  const result: Form[] = new Array<Form>(rank).fill(formOf(1));
  for (const dims of all) {
    for (const [place, dim] of dims.entries()) {
      const axis = place + rank - dims.length;
      if (isOne(dim)) continue;
      if (!isOne(result[axis]!) && !sameForm(result[axis]!, dim)) return null;
      result[axis] = dim;
    }
  }
  return result;
}

export function join(parts: readonly Piecewise[], axis: number): Piecewise | null {
  const [first] = parts;
  let start = formOf(0);
  const pieces: Piece[] = [];
  for (const part of parts) {
    const fits = part.dims.every((dim, index) => index === axis || sameForm(dim, first!.dims[index]!));
    if (part.dims.length !== first!.dims.length || !fits) return null;
    const end = addForms(start, part.dims[axis]!);
    const positions = here(part.dims);
    positions[axis] = subtractForms(positions[axis]!, start);
    pieces.push(...moved(part, part.dims, positions, between(axis, start, end)).pieces);
    start = end;
  }
  return { dims: first!.dims.map((dim, index) => (index === axis ? start : dim)), pieces };
}

/** With `begin` and `end` positions of another piece around each axis; negative ones crop. */
export function pad(a: Piecewise, begin: readonly number[], end: readonly number[], around: Piece): Piecewise {
  const dims = a.dims.map((dim, axis) => plus(dim, begin[axis]! + end[axis]!));
  const positions = dims.map((_, axis) => plus(position(axis), -begin[axis]!));
  const inside = a.dims.flatMap((dim, axis) => between(axis, formOf(begin[axis]!), plus(dim, begin[axis]!)));
  return { dims, pieces: [around, ...moved(a, dims, positions, inside).pieces] };
}
