/** Movements whose lists follow from sizes, as exporters compute them of Shape. */
import type { Known, Make, RandomWriter } from './writer.ts';

/** A size or what is computed of it: its name as a list of one entry, and its value at the first of the sizes. */
interface Entry {
  readonly name: string;
  readonly size: number;
}

/** The size of a value on an axis, in one of the ways it is written. */
function sizeOf(writer: RandomWriter, { name, dims }: Known, axis: number): Entry {
  const size = dims[axis]!;
  if (writer.opset >= 15 && writer.chance(0.4)) {
    const start = writer.chance(0.3) ? axis - dims.length : axis;
    const end = start + 1 === 0 ? {} : { end: start + 1 };
    return { name: writer.add('Shape', [name], null, { start, ...end }), size };
  }
  const sizes = writer.add('Shape', [name], null);
  const kind = writer.int(0, 2);
  if (kind === 0) {
    const [from, to] = [[axis], [axis + 1]].map((list) => writer.list(list));
    return { name: writer.add('Slice', [sizes, from!, to!, writer.list([0])], null), size };
  }
  const place = writer.chance(0.2) && writer.opset >= 11 ? axis - dims.length : axis;
  if (kind === 1) return { name: writer.add('Gather', [sizes, writer.list([place])], null, { axis: 0 }), size };
  return { name: listed(writer, writer.add('Gather', [sizes, writer.list([place], [])], null, { axis: 0 })), size };
}

/** A number as a list. */
function listed(writer: RandomWriter, name: string): string {
  if (writer.chance(0.4)) return writer.add('Reshape', [name, writer.list([writer.pick([1, -1])])], null);
  if (writer.opset >= 13) return writer.add('Unsqueeze', [name, writer.list([0])], null);
  return writer.add('Unsqueeze', [name], null, { axes: [0] });
}

/** More or less of a size. */
function changed(writer: RandomWriter, { name, size }: Entry): Entry {
  const amount = writer.int(1, 3);
  const constant = writer.list([amount]);
  const [op, result] = writer.pick<[string, number]>([
    ['Add', size + amount],
    ['Sub', size - amount],
    ['Sub', size - amount],
    ['Mul', size * amount],
    ['Div', Math.trunc(size / amount)],
  ]);
  return { name: writer.add(op, [name, constant], null), size: result };
}

function concatOf(writer: RandomWriter, entries: readonly Entry[]): string {
  return writer.add(
    'Concat',
    entries.map(({ name }) => name),
    null,
    { axis: 0 },
  );
}

/** Cut at a place that its size decides. */
const cutBySize: Make = (writer, value) => {
  const axis = writer.int(1, value.dims.length - 1);
  const size = value.dims[axis]!;
  let entry = changed(writer, sizeOf(writer, value, axis));
  if (writer.chance(0.3)) entry = changed(writer, entry);
  const limit = entry.size < 0 ? entry.size + size : entry.size;
  const at = Math.min(Math.max(limit, 0), size);
  const fromStart = writer.chance(0.6);
  const out = fromStart ? at : size - at;
  if (out < 1) return;
  const lists = fromStart
    ? [writer.list([writer.pick([0, 0, -1000])]), entry.name]
    : [entry.name, writer.list([writer.pick([1000, 2 ** 31 - 1])])];
  writer.add('Slice', [value.name, ...lists, writer.list([axis])], value.dims.with(axis, out));
};

/** Padded by what is missing to another size of the value, or to the next even one. */
const paddedBySize: Make = (writer, value) => {
  const { dims } = value;
  const rank = dims.length;
  const axis = rank - 1;
  const own = sizeOf(writer, value, axis);
  const target = writer.chance(0.5) ? sizeOf(writer, value, rank - 2) : changed(writer, own);
  const missing = writer.add('Sub', [target.name, own.name], null);
  const zeros = writer.list(new Array(axis).fill(0));
  const [begin, end] = writer.chance(0.5) ? [missing, writer.list([0])] : [writer.list([0]), missing];
  const pads = writer.add('Concat', [zeros, begin, zeros, end], null, { axis: 0 });
  if (target.size > 0) writer.add('Pad', [value.name, pads], dims.with(axis, target.size));
};

/** Regrouped into sizes that are read off it, times or divided by others. */
const reshapedBySize: Make = (writer, value) => {
  const { dims } = value;
  const rank = dims.length;
  const entries = dims.map((size, axis): Entry => {
    if (writer.chance(0.5)) return sizeOf(writer, value, axis);
    return { name: writer.list([writer.hasFreeSizes && axis !== 1 ? 0 : size]), size };
  });
  const product = (a: Entry, b: Entry): Entry => ({
    name: writer.add('Mul', [a.name, b.name], null),
    size: a.size * b.size,
  });
  const kind = writer.int(0, 2);
  if (kind === 0) {
    const open = writer.int(0, rank - 1);
    const list = entries.map((entry, axis) => (axis === open ? { ...entry, name: writer.list([-1]) } : entry));
    writer.add('Reshape', [value.name, concatOf(writer, list)], dims);
    return;
  }
  const at = kind === 1 ? rank - 2 : 0;
  const pair = product(sizeOf(writer, value, at), sizeOf(writer, value, at + 1));
  const merged = [
    ...entries.slice(0, at),
    pair,
    ...dims.slice(at + 2).map((_, axis) => sizeOf(writer, value, at + 2 + axis)),
  ];
  const out = merged.map(({ size }) => size);
  const name = writer.add('Reshape', [value.name, concatOf(writer, merged)], out);
  if (writer.chance(0.5)) return;
  const scaled = out.length > 1 ? writer.add('Mul', [name, writer.constant([out.at(-1)!])], out) : name;
  const back = dims.map((_, axis) => sizeOf(writer, value, axis));
  writer.add('Reshape', [scaled, concatOf(writer, back)], dims);
};

/** One value per channel, or a part of the map, in as many places as the map has. */
const expandedBySize: Make = (writer, value) => {
  const { dims } = value;
  const list = dims.map((_, axis) => sizeOf(writer, value, axis));
  const shape = concatOf(writer, list);
  const channel = [1, dims[1]!, ...dims.slice(2).map(() => 1)];
  const from = writer.chance(0.5)
    ? writer.constant(channel)
    : writer.add('ReduceMean', [value.name, ...(writer.opset >= 18 ? [writer.list([-1])] : [])], null, {
        keepdims: 1,
        ...(writer.opset < 18 && { axes: [dims.length - 1] }),
      });
  const wide = writer.add('Expand', [from, shape], dims);
  writer.add(writer.pick(['Add', 'Mul']), [value.name, wide], dims);
};

export const bySizes: Make = (writer, value) => {
  if (writer.opset < 11 || value.dims.length < 3) return;
  writer.pick([cutBySize, cutBySize, paddedBySize, reshapedBySize, reshapedBySize, expandedBySize])(writer, value);
};
