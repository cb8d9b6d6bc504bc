/** Constants that a graph computes: by operators that keep their dims, of larger or smaller ones, or of two. */
import type { Attributes, RandomWriter } from './writer.ts';

type Compute = (writer: RandomWriter, dims: readonly number[]) => string | null;

const countOf = (dims: readonly number[]) => dims.reduce((product, size) => product * size, 1);

/** A constant of the file, from -1 to 1. */
function stored(writer: RandomWriter, dims: readonly number[]): string {
  const name = writer.name('c');
  const values = Array.from({ length: countOf(dims) }, () => Math.fround(writer.random() * 2 - 1));
  writer.tensors.push({ name, dims, values, byNode: writer.chance(0.15) });
  return name;
}

/** A constant computed in some way; null where none fits the dims. */
export function computed(writer: RandomWriter, dims: readonly number[]): string | null {
  return writer.pick(WAYS)(writer, dims);
}

/** A constant as it stands, or computed in turn. */
function part(writer: RandomWriter, dims: readonly number[]): string {
  return (writer.chance(0.25) && computed(writer, dims)) || stored(writer, dims);
}

/** The last ones only a runtime evaluates. */
const UNARY = 'Identity Neg Abs Tanh Sigmoid Relu Exp Floor Ceil Softplus LeakyRelu Erf Round HardSigmoid'.split(' ');

const alone: Compute = (writer, dims) =>
  writer.add(writer.pick(writer.opset < 11 ? UNARY.slice(0, -3) : UNARY), [part(writer, dims)], null);

const beside: Compute = (writer, dims) => {
  const other = dims.slice(writer.int(0, dims.length)).map((size) => (writer.chance(0.3) ? 1 : size));
  const [a, b] = [part(writer, dims), part(writer, other)];
  return writer.add(
    writer.pick(['Add', 'Sub', 'Mul', 'Sum', 'Mean', 'Max', 'Min']),
    writer.chance(0.5) || writer.opset < 8 ? [a, b] : [b, a],
    null,
  );
};

/** Along axes in another order, and back where it counts. */
const turned: Compute = (writer, dims) => {
  const perm = dims.map((_, axis) => axis).sort(() => writer.random() - 0.5);
  const before = perm.map((_, axis) => dims[perm.indexOf(axis)]!);
  return writer.add('Transpose', [part(writer, before)], null, dims.length > 0 ? { perm } : {});
};

const reshaped: Compute = (writer, dims) => {
  const before = writer.pick([[countOf(dims)], [1, ...dims], [...dims, 1], [...dims].reverse()]);
  const target = dims.length > 1 && writer.chance(0.4) ? [...dims.slice(0, -1), -1] : dims.length > 0 ? dims : [1];
  return dims.length === 0 ? null : writer.add('Reshape', [part(writer, before), writer.list(target)], null);
};

/** Reduced along one more axis. */
const reduced: Compute = (writer, dims) => {
  const axis = writer.int(0, dims.length);
  const op = `Reduce${writer.pick(['Sum', 'Mean', 'Max', 'Min', 'L1', 'L2', 'SumSquare', 'Prod'])}`;
  const before = part(writer, dims.toSpliced(axis, 0, writer.int(1, 3)));
  const counted = writer.opset >= 11 && writer.chance(0.3) ? axis - dims.length - 1 : axis;
  if (writer.opset >= (op === 'ReduceSum' ? 13 : 18))
    return writer.add(op, [before, writer.list([counted])], null, { keepdims: 0 });
  return writer.add(op, [before], null, { keepdims: 0, axes: [counted] });
};

/** Some of more, in another order, or more than once. */
const picked: Compute = (writer, dims) => {
  if (dims.length === 0) return null;
  const axis = writer.int(0, dims.length - 1);
  const size = dims[axis]!;
  const count = writer.int(1, size + 2);
  const indices = Array.from({ length: size }, () => writer.int(writer.opset >= 11 ? -count : 0, count - 1));
  return writer.add('Gather', [part(writer, dims.with(axis, count)), writer.list(indices)], null, { axis });
};

const cut: Compute = (writer, dims) => {
  if (dims.length === 0 || writer.opset < 10) return null;
  const axis = writer.int(0, dims.length - 1);
  const [size, step, start, rest] = [dims[axis]!, writer.pick([1, 1, 2, -1, -2]), writer.int(0, 2), writer.int(0, 1)];
  const reach = Math.abs(step) * (size - 1) + 1;
  const before = part(writer, dims.with(axis, reach + start + rest));
  const [from, to] = step > 0 ? [start, start + reach] : [start + reach - 1, start - 1 < 0 ? -1000 : start - 1];
  const lists = [[from], [to], [writer.chance(0.3) ? axis - dims.length : axis], [step]].map((list) =>
    writer.list(list),
  );
  return writer.add('Slice', [before, ...lists], null);
};

const padded: Compute = (writer, dims) => {
  const before = dims.map((size) => Math.max(1, size - (writer.chance(0.4) ? 1 : writer.chance(0.2) ? -1 : 0)));
  const begin = dims.map((size, axis) => (writer.chance(0.5) ? size - before[axis]! : 0));
  const pads = [...begin, ...dims.map((size, axis) => size - before[axis]! - begin[axis]!)];
  const fill = writer.chance(0.3) ? writer.pick([1, -2]) : 0;
  if (dims.length === 0) return null;
  if (writer.opset < 11) return writer.add('Pad', [part(writer, before)], null, { pads, value: { float: fill } });
  const value = writer.name('c');
  writer.tensors.push({ name: value, dims: [], values: [fill] });
  return writer.add('Pad', [part(writer, before), writer.list(pads), value], null);
};

const repeated: Compute = (writer, dims) => {
  if (dims.length === 0 || writer.opset < 8) return null;
  const before = dims.map((size) => (writer.chance(0.5) ? 1 : size));
  if (writer.chance(0.5)) return writer.add('Expand', [part(writer, before), writer.list(dims)], null);
  const halves = dims.map((size) => (size % 2 === 0 && writer.chance(0.5) ? size / 2 : size));
  const repeats = dims.map((size, axis) => size / halves[axis]!);
  return writer.add('Tile', [part(writer, halves), writer.list(repeats)], null);
};

const joined: Compute = (writer, dims) => {
  const axis = dims.findLastIndex((size) => size > 1);
  if (axis < 0) return null;
  const first = writer.int(1, dims[axis]! - 1);
  const parts = [first, dims[axis]! - first].map((size) => part(writer, dims.with(axis, size)));
  return writer.add('Concat', parts, null, {
    axis: writer.opset >= 11 && writer.chance(0.3) ? axis - dims.length : axis,
  });
};

const chosen: Compute = (writer, dims) => {
  if (writer.opset < 9) return null;
  const [a, b] = [part(writer, dims), part(writer, dims)];
  const condition = writer.add(writer.pick(['Greater', 'Less']), [part(writer, dims), part(writer, [])], null);
  return writer.add('Where', [condition, a, b], null);
};

const normalized: Compute = (writer, dims) => {
  if (dims.length === 0) return null;
  const axis = writer.int(0, dims.length - 1);
  const attributes: Attributes = writer.chance(0.7) ? { axis } : {};
  if (dims.length < 3 || writer.chance(0.5))
    return writer.add(writer.pick(['Softmax', 'LpNormalization']), [part(writer, dims)], null, attributes);
  const [scale, shift] = [part(writer, [dims[1]!]), part(writer, [dims[1]!])];
  return writer.add('InstanceNormalization', [part(writer, dims), scale, shift], null, { epsilon: { float: 0.1 } });
};

const multiplied: Compute = (writer, dims) => {
  if (dims.length < 2) return null;
  const [rows, columns] = dims.slice(-2) as [number, number];
  const inner = writer.int(1, 3);
  if (dims.length > 2 || writer.chance(0.3)) {
    const lead = dims.slice(0, -2);
    const thin = writer.chance(0.5) ? [] : lead.map((size) => (writer.chance(0.5) ? 1 : size));
    return writer.add('MatMul', [part(writer, [...lead, rows, inner]), part(writer, [...thin, inner, columns])], null);
  }
  const [transA, transB] = [writer.int(0, 1), writer.int(0, 1)];
  const [a, b] = [transA ? [inner, rows] : [rows, inner], transB ? [columns, inner] : [inner, columns]];
  const added = part(writer, writer.pick([[columns], [rows, 1], [1], [rows, columns]]));
  const attributes: Attributes = { transA, transB, alpha: { float: 0.5 }, beta: { float: 2 } };
  return writer.add('Gemm', [part(writer, a), part(writer, b), added], null, attributes);
};

const summed: Compute = (writer, dims) => {
  if (writer.opset < 12 || dims.length < 2 || dims.length > 4) return null;
  const letters = 'abcd'.slice(0, dims.length);
  const inner = writer.int(1, 3);
  const equation = writer.pick([`${letters.at(0)}z,z${letters.slice(1)}->${letters}`, `z${letters},z->${letters}`]);
  const [first, second] = equation.split('->')[0]!.split(',') as [string, string];
  const shape = (names: string) => [...names].map((name) => (name === 'z' ? inner : dims[letters.indexOf(name)]!));
  return writer.add('Einsum', [part(writer, shape(first)), part(writer, shape(second))], null, { equation });
};

/** One kernel over another, as blocks of expanding convolutions collapse. */
const convolved: Compute = (writer, dims) => {
  if (dims.length !== 4) return null;
  const inner = writer.int(1, 3);
  const [outputs, inputs, ...kernel] = dims as [number, number, ...number[]];
  const size = writer.pick([1, 2]);
  if (kernel.some((length) => length < size)) return null;
  const begin = size - 1;
  const pads = kernel.map(() => begin);
  const before = part(writer, [outputs, inner, ...kernel.map((length) => length - begin)]);
  const weight = part(writer, [inputs, inner, size, size]);
  return writer.add('Conv', [before, weight], null, { pads: [...pads, ...pads], kernel_shape: [size, size] });
};

const axesMoved: Compute = (writer, dims) => {
  const axis = writer.int(0, dims.length);
  const withAxes = (op: string, value: string) =>
    writer.opset >= 13
      ? writer.add(op, [value, writer.list([axis])], null)
      : writer.add(op, [value], null, { axes: [axis] });
  if (writer.chance(0.5)) return withAxes('Squeeze', part(writer, dims.toSpliced(axis, 0, 1)));
  return dims[axis] === 1 ? withAxes('Unsqueeze', part(writer, dims.toSpliced(axis, 1))) : null;
};

const written: Compute = (writer, dims) => {
  if (writer.opset < 11 || dims.length === 0) return null;
  const row = writer.int(0, dims[0]! - 1);
  const reduction: Attributes =
    writer.opset >= 16 && writer.chance(0.5) ? { reduction: writer.pick(['add', 'mul']) } : {};
  const inputs = [part(writer, dims), writer.list([row], [1, 1]), part(writer, [1, ...dims.slice(1)])];
  return writer.add('ScatterND', inputs, null, reduction);
};

/** Rounded to a grid, as weights of training for eight bits are. */
const stepped: Compute = (writer, dims) => {
  const step = writer.name('c');
  writer.tensors.push({ name: step, dims: [], values: [writer.pick([0.1, 0.25, 0.07].map(Math.fround))] });
  const scaled = writer.add('Div', [part(writer, dims), step], null);
  const whole = writer.chance(0.5)
    ? writer.add(writer.pick(['Floor', 'Ceil', ...(writer.opset < 11 ? [] : ['Round'])]), [scaled], null)
    : writer.add('Cast', [writer.add('Cast', [scaled], null, { to: 7 })], null, { to: 1 });
  return writer.add('Mul', [whole, step], null);
};

const WAYS: readonly Compute[] = [
  ...[alone, alone, beside, beside, turned, reshaped, reduced, picked, cut, padded, repeated, joined, chosen],
  ...[normalized, multiplied, summed, convolved, axesMoved, written, stepped],
];
