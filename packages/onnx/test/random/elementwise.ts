/** Random sums, products and normalizations. */
import type { Attributes, Make, RandomWriter } from './writer.ts';

export const batchNorm: Make = (writer, value) => {
  if (value.dims.length < 2) return;
  const channels = [value.dims[1]!];
  const zeroShift = writer.chance(0.25);
  const zero = () => 0;
  const inputs = [
    writer.constant(channels, () => (writer.random() < 0.5 ? -1 : 1) * (0.3 + writer.random())),
    writer.constant(channels, zeroShift ? zero : undefined),
    writer.constant(channels, zeroShift ? zero : undefined),
    unshared(writer, channels, () => 0.3 + writer.random()),
  ];
  writer.add(
    'BatchNormalization',
    [value.name, ...inputs],
    value.dims,
    writer.chance(0.5) ? { epsilon: { float: 1e-3 } } : {},
  );
};

/** A constant that no other node shares and that is never zero: a variance, a divisor. */
export function unshared(writer: RandomWriter, dims: readonly number[], draw: () => number): string {
  const name = writer.name('p');
  const count = dims.reduce((product, dim) => product * dim, 1);
  writer.tensors.push({ name, dims, values: Array.from({ length: count }, () => Math.fround(draw())) });
  return name;
}

/** Dims of a constant beside a value: every way it may broadcast, now and then enlarging. */
export function besideDims(writer: RandomWriter, dims: readonly number[]): number[] {
  const kind = writer.int(0, 8);
  const rank = dims.length;
  const tail = (from: number) => dims.slice(from).map(() => 1);
  if (kind <= 2 && rank >= 2) return [dims[1]!, ...tail(2)];
  if (kind === 3 && rank >= 2) return [1, dims[1]!, ...tail(2)];
  if (kind === 4) return writer.pick([[], [1], [1, 1]]);
  if (kind === 5) return [dims[rank - 1]!];
  if (kind === 6) return dims.slice(writer.int(0, rank - 1));
  if (kind === 7) return dims.map((size) => (writer.chance(0.5) ? size : 1));
  return writer.chance(0.5) ? [2, ...dims.map(() => 1)] : [writer.int(1, 4)];
}

export const withConstant: Make = (writer, value) => {
  const op = writer.pick(['Add', 'Sub', 'Mul', 'Div', 'Mul', 'Add']);
  const dims = besideDims(writer, value.dims);
  const out = broadcast(value.dims, dims);
  if (!out) return;
  const first = writer.chance(0.25);
  const constant =
    op === 'Div'
      ? unshared(writer, dims, () => (writer.random() < 0.5 ? -1 : 1) * (0.5 + writer.random()))
      : writer.constant(dims);
  if (op === 'Div' && first) return;
  writer.add(op, first ? [constant, value.name] : [value.name, constant], out);
};

export function broadcast(a: readonly number[], b: readonly number[]): number[] | null {
  const rank = Math.max(a.length, b.length);
  const out = Array.from({ length: rank }, (_, axis) => {
    const [x, y] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1];
    return x === y || y === 1 ? x : x === 1 ? y : -1;
  });
  return out.includes(-1) ? null : out;
}

export const join: Make = (writer, value) => {
  const exact = writer.chance(0.85);
  const other = writer.value(({ name, dims }) => {
    if (exact) return dims.join() === value.dims.join() && (name !== value.name || writer.chance(0.3));
    return broadcast(dims, value.dims) !== null;
  });
  if (!other) return;
  const op = writer.pick(['Add', 'Add', 'Add', 'Sub', 'Sum', 'Mul', 'Mean']);
  const isList = op === 'Sum' || op === 'Mean';
  if (isList && writer.opset < 8 && other.dims.join() !== value.dims.join()) return; // these did not broadcast
  if (isList) {
    const third = writer.value(({ dims }) => dims.join() === value.dims.join());
    const inputs = [value.name, other.name, ...(third && writer.chance(0.5) ? [third.name] : [])];
    writer.add(op, inputs, broadcast(value.dims, other.dims));
  } else writer.add(op, [value.name, other.name], broadcast(value.dims, other.dims));
};

export const unary: Make = (writer, value) => {
  const [op, attributes] = writer.pick<[string, Attributes]>([
    ['Neg', {}],
    ['Identity', {}],
    ['Dropout', {}],
    ['LeakyRelu', { alpha: { float: 1 } }],
    ['LeakyRelu', { alpha: { float: 0.5 } }],
    ['Relu', {}],
    ['Relu', {}],
    ['Sigmoid', {}],
    ['Cast', { to: 1 }],
  ]);
  writer.add(op, [value.name], value.dims, attributes);
};

export const prelu: Make = (writer, value) => {
  if (value.dims.length < 2) return;
  const slope = unshared(writer, [value.dims[1]!, ...value.dims.slice(2).map(() => 1)], () =>
    writer.chance(0.7) ? 1 : 0.5,
  );
  writer.add('PRelu', [value.name, slope], value.dims);
};
