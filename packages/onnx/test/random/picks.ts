/** Random operators that pick elements, write over them or choose between them. */
import { besideDims, broadcast } from './elementwise.ts';
import type { Attributes, Make, RandomWriter } from './writer.ts';

const countOf = (dims: readonly number[]) => dims.reduce((product, size) => product * size, 1);

/** The numbers below a count in a random order. */
function shuffled(writer: RandomWriter, count: number): number[] {
  const drawn = Array.from({ length: count }, (_, place) => [writer.random(), place] as const);
  return drawn.sort(([a], [b]) => a - b).map(([, place]) => place);
}

export const gatherElements: Make = (writer, value) => {
  if (writer.opset < 11 || value.dims.length === 0) return;
  const axis = writer.int(0, value.dims.length - 1);
  const size = value.dims[axis]!;
  const dims = value.dims.map((dim, at) => (at === axis ? writer.int(1, dim + 1) : dim));
  const indices = Array.from({ length: countOf(dims) }, () => writer.int(writer.chance(0.2) ? -size : 0, size - 1));
  writer.add('GatherElements', [value.name, writer.list(indices, dims)], dims, { axis });
};

export const gatherNd: Make = (writer, value) => {
  if (writer.opset < 11 || value.dims.length < 2) return;
  const [first, second] = value.dims as [number, number];
  const count = writer.int(1, 3);
  if (writer.chance(0.5)) {
    const places = Array.from({ length: count }, () => writer.int(0, first - 1));
    writer.add('GatherND', [value.name, writer.list(places, [count, 1])], [count, ...value.dims.slice(1)]);
  } else {
    const places = Array.from({ length: count }, () => [writer.int(0, first - 1), writer.int(0, second - 1)]).flat();
    writer.add('GatherND', [value.name, writer.list(places, [count, 2])], [count, ...value.dims.slice(2)]);
  }
};

/** The largest or smallest of each line, in order. */
export const topK: Make = (writer, value) => {
  const rank = value.dims.length;
  if (rank === 0) return;
  const axis = writer.int(0, rank - 1);
  const count = writer.int(1, value.dims[axis]!);
  const attributes: Attributes = { axis: writer.opset >= 11 && writer.chance(0.3) ? axis - rank : axis };
  if (writer.opset < 10) attributes.k = count;
  if (writer.opset >= 11 && writer.chance(0.4)) attributes.largest = 0;
  const inputs = [value.name, ...(writer.opset < 10 ? [] : [writer.list([count])])];
  const output = writer.name('v');
  writer.nodes.push({ op: 'TopK', inputs, outputs: [output, writer.name('places')], attributes });
  writer.values.push({ name: output, dims: value.dims.map((size, at) => (at === axis ? count : size)) });
};

/** Writes over some slices of a value, with constants or with a part of another value. */
export const scatter: Make = (writer, value) => {
  const { dims } = value;
  if (writer.opset < 11 || dims.length < 2) return;
  const reductions = writer.opset >= 18 ? ['add', 'mul', 'max', 'min'] : writer.opset >= 16 ? ['add', 'mul'] : [];
  const attributes: Attributes =
    reductions.length > 0 && writer.chance(0.4) ? { reduction: writer.pick(reductions) } : {};
  const updates = (shape: readonly number[]) => {
    const other = writer.value((known) => known.dims.join() === shape.join());
    return other && writer.chance(0.5) ? other.name : writer.constant(shape);
  };
  if (writer.chance(0.5)) {
    const axis = writer.int(0, dims.length - 1);
    const shape = dims.map((size, at) => (at === axis ? writer.int(1, size) : size));
    const order = shuffled(writer, dims[axis]!);
    const inside = countOf(dims.slice(axis + 1));
    const indices = Array.from({ length: countOf(shape) }, (_, at) => order[Math.floor(at / inside) % shape[axis]!]!);
    const inputs = [value.name, writer.list(indices, shape), updates(shape)];
    writer.add('ScatterElements', inputs, dims, { axis, ...attributes });
    return;
  }
  const depth = writer.int(1, 2);
  const cells = countOf(dims.slice(0, depth));
  const cellsWritten = shuffled(writer, cells).slice(0, writer.int(1, cells));
  const places = cellsWritten.flatMap((cell) =>
    depth === 1 ? [cell] : [Math.floor(cell / dims[1]!), cell % dims[1]!],
  );
  const indices = writer.list(places, [cellsWritten.length, depth]);
  writer.add(
    'ScatterND',
    [value.name, indices, updates([cellsWritten.length, ...dims.slice(depth)])],
    dims,
    attributes,
  );
};

/** Chooses between a value and a constant or another value, by a constant or by what the value is. */
export const choice: Make = (writer, value) => {
  const { dims } = value;
  if (writer.opset < 9) return;
  if (writer.chance(0.3)) {
    const limit = writer.constant([]);
    const above = writer.add(writer.pick(['Greater', 'Less']), [value.name, limit], null);
    writer.add('Where', [above, ...(writer.chance(0.5) ? [value.name, limit] : [limit, value.name])], dims);
    return;
  }
  const condition = mask(writer, besideDims(writer, dims), value.name);
  const beside = writer.value((known) => known.dims.join() === dims.join() && known.name !== value.name);
  const otherDims = besideDims(writer, dims);
  const other = beside && writer.chance(0.5) ? { ...beside } : { name: writer.constant(otherDims), dims: otherDims };
  const out = broadcast(dims, other.dims);
  const all = out && broadcast(out, condition.dims);
  const chosen = writer.chance(0.5) ? [value.name, other.name] : [other.name, value.name];
  if (all) writer.add('Where', [condition.name, ...chosen], all);
};

/** A boolean constant, as it stands or compared from numbers; now and then that a value equals one, which it does not. */
function mask(writer: RandomWriter, dims: readonly number[], value: string): { name: string; dims: readonly number[] } {
  if (writer.opset >= 11 && writer.chance(0.15))
    return { name: writer.add('Equal', [value, writer.constant([])], null), dims: [] };
  const values = Array.from({ length: countOf(dims) }, () => writer.int(0, 1));
  if (writer.chance(0.3))
    return { name: writer.add('Equal', [writer.list(values, dims), writer.list([1], [])], null), dims };
  const name = writer.name('mask');
  writer.tensors.push({ name, dims, values: writer.chance(0.2) ? values.map(() => 1) : values, whole: 'bool' });
  return { name, dims };
}

export const triangle: Make = (writer, value) => {
  if (writer.opset < 14 || value.dims.length < 2) return;
  const diagonal = writer.chance(0.5) ? [writer.list([writer.int(-1, 1)], [])] : [];
  writer.add('Trilu', [value.name, ...diagonal], value.dims, { upper: writer.int(0, 1) });
};

/** One axis more, fewer ones of size 1, or two axes only. */
export const axesOf: Make = (writer, value) => {
  const { dims } = value;
  const withAxes = (op: string, axes: readonly number[], out: readonly number[]) =>
    writer.opset >= 13
      ? writer.add(op, [value.name, writer.list(axes)], out)
      : writer.add(op, [value.name], out, { axes });
  const ones = dims.flatMap((size, axis) => (size === 1 && (axis > 0 || !writer.hasFreeSizes) ? [axis] : []));
  const kind = writer.int(0, 2);
  if (kind === 0 && ones.length > 0 && dims.length > 2) {
    const axis = writer.pick(ones);
    withAxes('Squeeze', [axis], dims.toSpliced(axis, 1));
  } else if (kind === 1 && dims.length < 5) {
    const axis = writer.int(0, dims.length);
    withAxes('Unsqueeze', [axis], dims.toSpliced(axis, 0, 1));
  } else if (dims.length > 2) {
    const axis = writer.int(0, dims.length);
    writer.add('Flatten', [value.name], [countOf(dims.slice(0, axis)), countOf(dims.slice(axis))], { axis });
  }
};
