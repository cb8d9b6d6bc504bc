/** Random matrix products. */
import { broadcast } from './elementwise.ts';
import { scaled } from './windows.ts';
import type { Attributes, Make } from './writer.ts';

export const matMul: Make = (writer, value) => {
  const rank = value.dims.length;
  if (rank < 2) return;
  if (writer.chance(0.2)) {
    const rows = writer.int(1, 4);
    const weight = writer.constant([rows, value.dims[rank - 2]!], scaled(writer, value.dims[rank - 2]!));
    writer.add('MatMul', [weight, value.name], [...value.dims.slice(0, -2), rows, value.dims[rank - 1]!]);
    return;
  }
  const inner = value.dims[rank - 1]!;
  const columns = writer.chance(0.5) ? inner : writer.int(1, 5);
  const lead = writer.chance(0.85) ? [] : writer.pick([[1], [1, 1], [2]]);
  const weight = writer.constant([...lead, inner, columns], scaled(writer, inner));
  const batch = broadcast(value.dims.slice(0, -2), lead);
  if (batch) writer.add('MatMul', [value.name, weight], [...batch, value.dims[rank - 2]!, columns]);
};

export const gemm: Make = (writer, value) => {
  if (value.dims.length !== 2) return matMul(writer, value);
  if (!writer.hasFreeSizes && writer.chance(0.2)) return turnedGemm(writer, value);
  const [rows, inner] = value.dims as [number, number];
  const columns = writer.chance(0.5) ? inner : writer.int(1, 5);
  const transposed = writer.chance(0.5);
  const weight = writer.constant(transposed ? [columns, inner] : [inner, columns], scaled(writer, inner));
  const beside = writer.value(({ dims }) => dims.join() === [rows, columns].join());
  const kinds = [[columns], [1, columns], [1], [], [rows, 1], [rows, columns], [1, 1]];
  const added = beside && writer.chance(0.25) ? beside.name : writer.constant(writer.pick(kinds));
  const inputs = [value.name, weight, ...(writer.opset >= 11 && writer.chance(0.3) ? [] : [added])];
  const attributes: Attributes = transposed ? { transB: 1 } : {};
  if (writer.chance(0.3)) attributes.alpha = { float: 0.5 };
  if (writer.chance(0.3)) attributes.beta = { float: writer.pick([2, 0]) };
  writer.add('Gemm', inputs, [rows, columns], attributes);
};

/** A value that is turned, or the second factor. */
const turnedGemm: Make = (writer, value) => {
  const [rows, columns] = value.dims as [number, number];
  const count = writer.int(1, 4);
  const attributes: Attributes = writer.chance(0.4) ? { alpha: { float: 0.5 }, beta: { float: 2 } } : {};
  const [transA, transB] = [writer.int(0, 1), writer.int(0, 1)];
  if (writer.chance(0.5)) {
    const inner = transA ? rows : columns;
    const weight = writer.constant(transB ? [count, inner] : [inner, count], scaled(writer, inner));
    const added = writer.constant(writer.pick([[count], [1], [transA ? columns : rows, 1]]));
    writer.add('Gemm', [value.name, weight, added], [transA ? columns : rows, count], {
      ...attributes,
      transA,
      transB,
    });
  } else {
    const [inner, out] = transB ? [columns, rows] : [rows, columns];
    const weight = writer.constant(transA ? [inner, count] : [count, inner], scaled(writer, inner));
    const added = writer.constant(writer.pick([[out], [1], [count, 1]]));
    writer.add('Gemm', [weight, value.name, added], [count, out], { ...attributes, transA, transB });
  }
};
