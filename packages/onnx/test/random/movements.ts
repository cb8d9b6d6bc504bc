/** Movements of whole tensors with affine operators between them: means, regrouped axes, shuffled channels, islands, rings. */
import { batchNorm } from './elementwise.ts';
import { matMul } from './matrices.ts';
import type { Known, Make, RandomWriter } from './writer.ts';

const transposed = (writer: RandomWriter, value: Known, perm: readonly number[]): Known => {
  const dims = perm.map((axis) => value.dims[axis]!);
  return { name: writer.add('Transpose', [value.name], dims, { perm: [...perm] }), dims };
};

const reshaped = (writer: RandomWriter, value: Known, target: readonly number[], dims: readonly number[]): Known => ({
  name: writer.add('Reshape', [value.name, writer.list(target)], dims),
  dims,
});

/** A scale, a shift or both along the last axis. */
const lastAxis: Make = (writer, value) => {
  const channels = value.dims.at(-1)!;
  if (writer.chance(0.7)) {
    const name = writer.add('Mul', [value.name, writer.constant([channels])], value.dims);
    if (writer.chance(0.5)) writer.add('Add', [name, writer.constant([channels])], value.dims);
  } else matMul(writer, value);
};

/** The mean of each channel, kept as a map of one position or flattened. */
export const average: Make = (writer, value) => {
  const { name, dims } = value;
  if (dims.length < 3) return;
  const axes = dims.map((_, axis) => axis).slice(2);
  if (writer.chance(0.5)) {
    const pooled = dims.map((size, axis) => (axis < 2 ? size : 1));
    const output = writer.add('GlobalAveragePool', [name], pooled);
    if (writer.chance(0.6)) writer.add('Flatten', [output], dims.slice(0, 2));
    return;
  }
  const chosen = writer.chance(0.7) ? axes : [writer.pick([1, ...axes])];
  const keep = dims.length - chosen.length < 2 || writer.chance(0.5) ? 1 : 0;
  const left = dims.flatMap((size, axis) => (chosen.includes(axis) ? (keep ? [1] : []) : [size]));
  if (writer.opset >= 18) writer.add('ReduceMean', [name, writer.list(chosen)], left, { keepdims: keep });
  else writer.add('ReduceMean', [name], left, { axes: chosen, keepdims: keep });
};

/** Channels in another order, as ShuffleNet writes it; the map may come out flattened. */
export const shuffle: Make = (writer, value) => {
  const [batch, channels] = value.dims as [number, number];
  const groups = [2, 3].find((count) => channels % count === 0 && channels > count);
  if (!groups || value.dims.length < 3 || writer.opset < 5) return;
  const positions = value.dims.slice(2).reduce((product, size) => product * size, 1);
  const split = reshaped(
    writer,
    value,
    [0, groups, channels / groups, -1],
    [batch, groups, channels / groups, positions],
  );
  const turned = transposed(writer, split, [0, 2, 1, 3]);
  const merged = reshaped(writer, turned, [0, channels, -1], [batch, channels, positions]);
  if (!writer.hasFreeSizes && writer.chance(0.7))
    reshaped(writer, merged, [0, channels, ...value.dims.slice(2)], [batch, channels, ...value.dims.slice(2)]);
};

/** Channels last, something along them, and most often back. */
export const island: Make = (writer, value) => {
  const rank = value.dims.length;
  if (rank < 3) return;
  const there = [0, ...Array.from({ length: rank - 2 }, (_, axis) => axis + 2), 1];
  const back = [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, axis) => axis + 1)];
  let current = transposed(writer, value, there);
  lastAxis(writer, current);
  current = writer.values.at(-1)!;
  if (current.dims.length === rank && writer.chance(0.8)) transposed(writer, current, back);
};

/** Axes merged and split as the order of elements allows, something between, and sometimes undone. */
export const regroup: Make = (writer, value) => {
  const { dims } = value;
  if (writer.opset < 5 || dims.length < 3) return;
  if (writer.hasFreeSizes) {
    if (dims.length > 2) reshaped(writer, value, [0, 0, -1], [dims[0]!, dims[1]!, countOf(dims.slice(2))]);
    return;
  }
  const at = writer.int(0, dims.length - 2);
  const merged = [...dims.slice(0, at), dims[at]! * dims[at + 1]!, ...dims.slice(at + 2)];
  const target = merged.map((size, axis) => (axis === at && writer.chance(0.5) ? -1 : size));
  const flat = reshaped(writer, value, target, merged);
  if (merged.length >= 2) (writer.chance(0.5) ? batchNorm : lastAxis)(writer, flat);
  const current = writer.values.at(-1)!;
  if (current.dims.join() === merged.join() && writer.chance(0.6)) reshaped(writer, current, [...dims], dims);
};

/** A map with one value per channel around it; sometimes that which a shift before it has added. */
export const ring: Make = (writer, value) => {
  const { dims } = value;
  if (dims.length !== 4 || writer.opset < 11 || (writer.hasFreeSizes && writer.opset < 13)) return;
  const [batch, channels, height, width] = dims as [number, number, number, number];
  const shift = writer.constant([1, channels, 1, 1]);
  const shifted = writer.chance(0.7) ? writer.add('Add', [value.name, shift], dims) : value.name;
  const padded = [batch, channels, height + 2, width + 2];
  if (writer.hasFreeSizes && writer.chance(0.5)) {
    writer.add(
      'Where',
      [insideOf(writer, shifted), writer.add('Pad', [shifted, writer.list(AROUND)], padded), shift],
      padded,
    );
    return;
  }
  const sizes = writer.hasFreeSizes ? writer.add('Shape', [shifted], null) : null;
  const size = (axis: number, known: number) => (sizes ? part(writer, sizes, axis) : writer.list([known]));
  const expanded = (rows: string, columns: string) =>
    writer.add(
      'Expand',
      [shift, writer.add('Concat', [size(0, batch), writer.list([channels]), rows, columns], null, { axis: 0 })],
      null,
    );
  const column = expanded(size(2, height), writer.list([1]));
  const row = expanded(writer.list([1]), writer.add('Add', [size(3, width), writer.list([2])], null));
  const wide = writer.add('Concat', [column, shifted, column], [batch, channels, height, width + 2], { axis: 3 });
  writer.add('Concat', [row, wide, row], padded, { axis: 2 });
};

const AROUND = [0, 0, 1, 1, 0, 0, 1, 1];

/** One entry of a list of sizes. */
function part(writer: RandomWriter, sizes: string, axis: number): string {
  return writer.add('Gather', [sizes, writer.list([axis])], null);
}

/** Which positions of the padded map are not in the ring, from its sizes; sometimes one off. */
function insideOf(writer: RandomWriter, map: string): string {
  const sizes = writer.add('Shape', [map], null);
  const off = writer.chance(0.8) ? 0 : writer.pick([-1, 1]);
  const inside = [2, 3].map((axis) => {
    const size = part(writer, sizes, axis);
    const count = writer.add('Add', [size, writer.list([2])], null);
    const limits = [writer.list([0], []), writer.add('Squeeze', [count], null), writer.list([1], [])];
    const range = writer.add('Range', limits, null);
    const isLater = writer.add('Greater', [range, writer.list([axis === 2 ? -off : 0])], null);
    const isEarlier = writer.add('Less', [range, writer.add('Add', [size, writer.list([1])], null)], null);
    const both = writer.add('And', [isLater, isEarlier], null);
    return writer.add('Reshape', [both, writer.list(axis === 2 ? [1, 1, -1, 1] : [1, 1, 1, -1])], null);
  });
  return writer.add('And', inside, null);
}

function countOf(dims: readonly number[]): number {
  return dims.reduce((product, size) => product * size, 1);
}
