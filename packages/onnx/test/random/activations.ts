/** Random activations, and quantized values beside floats. */
import { DataType } from '../../src/elements/data-type.ts';
import { besideDims, broadcast, unshared } from './elementwise.ts';
import { scaled } from './windows.ts';
import type { Attributes, Make, RandomWriter } from './writer.ts';

const ACTIVATIONS: readonly (readonly [op: string, since: number, attributes: Attributes])[] = [
  ['HardSwish', 14, {}],
  ['HardSigmoid', 7, {}],
  ['HardSigmoid', 7, { alpha: { float: 1 / 6 } }],
  ['Elu', 7, {}],
  ['Celu', 12, {}],
  ['Selu', 7, {}],
  ['Tanh', 7, {}],
  ['Softplus', 7, {}],
  ['Abs', 7, {}],
  ['Erf', 9, {}],
  ['Mish', 18, {}],
  ['Gelu', 20, {}],
];

export const activation: Make = (writer, value) => {
  const [op, , attributes] = writer.pick(ACTIVATIONS.filter(([, since]) => since <= writer.opset));
  const kind = writer.int(0, 4);
  if (kind === 0) {
    // Of two Casts behind each other that change nothing ONNX Runtime may drop one that a body reads.
    const wide = writer.add('Neg', [writer.add('Cast', [value.name], null, { to: DataType.DOUBLE })], null);
    writer.add('Cast', [wide], value.dims, { to: DataType.FLOAT });
  } else if (kind === 1) {
    const gate = writer.add(writer.pick(['Sigmoid', 'HardSigmoid']), [value.name], value.dims);
    writer.add('Mul', [value.name, gate], value.dims);
  } else writer.add(op, [value.name], value.dims, attributes);
};

/** Limits as attributes or, from opset 11 on, as inputs, either of which may miss; or the larger or smaller of two. */
export const clip: Make = (writer, value) => {
  if (writer.opset >= 8 && writer.chance(0.3)) {
    const dims = besideDims(writer, value.dims);
    const out = broadcast(value.dims, dims);
    if (out) writer.add(writer.pick(['Max', 'Min']), [value.name, writer.constant(dims)], out);
    return;
  }
  const [least, most] = [writer.pick([0, 0, -1, null]), writer.pick([6, 1, null])];
  if (writer.opset < 11) {
    const attributes: Attributes = {};
    if (least !== null) attributes.min = { float: least };
    if (most !== null) attributes.max = { float: most };
    writer.add('Clip', [value.name], value.dims, attributes);
    return;
  }
  const limit = (bound: number | null) => (bound === null ? '' : unshared(writer, [], () => bound));
  const inputs = [value.name, limit(least), ...(most === null ? [] : [limit(most)])];
  writer.add('Clip', inputs.at(-1) === '' ? inputs.slice(0, -1) : inputs, value.dims);
};

/** A slope of any shape that broadcasts to the value's, now and then 1 everywhere. */
export const slopes: Make = (writer, value) => {
  const dims = besideDims(writer, value.dims);
  // Where a free size is 1, the runtime would make the value larger, which ONNX does not.
  if (writer.hasFreeSizes && dims.some((size, at) => size > 1 && at !== dims.length - value.dims.length + 1)) return;
  if (broadcast(value.dims, dims)?.join() !== value.dims.join()) return;
  const isOne = writer.chance(0.5);
  const slope = unshared(writer, dims, () => (isOne ? 1 : writer.random()));
  writer.add('PRelu', [value.name, slope], value.dims);
};

/** A tensor of whole numbers in a narrow type. */
function narrow(writer: RandomWriter, dims: readonly number[], type: number, draw: () => number): string {
  const name = writer.name('q');
  const count = dims.reduce((product, size) => product * size, 1);
  writer.tensors.push({ name, dims, values: Array.from({ length: count }, draw), type });
  return name;
}

/** An input of the graph in eight bits, and back: what is computed before would not round alike. */
export const quantized: Make = (writer, value) => {
  const { dims } = value;
  const { opset } = writer;
  if (!['x', 'x2'].includes(value.name) || opset < 10) return quantizedConv(writer, value);
  if (opset >= 11 && writer.chance(0.5)) {
    const [codes, scale, zero] = ['codes', 'scale', 'zero'].map((role) => writer.name(role)) as [
      string,
      string,
      string,
    ];
    writer.nodes.push({ op: 'DynamicQuantizeLinear', inputs: [value.name], outputs: [codes, scale, zero] });
    const columns = writer.int(1, 4);
    const weight = narrow(writer, [dims.at(-1)!, columns], DataType.UINT8, () => writer.int(0, 3));
    const product = writer.add('MatMulInteger', [codes, weight, zero], null);
    const floats = writer.add('Cast', [product], null, { to: DataType.FLOAT });
    writer.add('Mul', [floats, scale], [...dims.slice(0, -1), columns]);
    return;
  }
  const shape = opset >= 13 && writer.chance(0.4) ? [dims[1]!] : [];
  const axis: Attributes = shape.length > 0 ? { axis: 1 } : {};
  const scale = unshared(writer, shape, () => 0.02 + writer.random() / 50);
  const zero = narrow(writer, shape, DataType.UINT8, () => writer.int(100, 150));
  const codes = writer.add('QuantizeLinear', [value.name, scale, zero], null, axis);
  writer.add('DequantizeLinear', [codes, scale, zero], dims, axis);
};

/** A convolution whose weights are stored in eight bits. */
const quantizedConv: Make = (writer, value) => {
  const { dims } = value;
  if (writer.opset < 13 || dims.length !== 4) return;
  const outputs = writer.int(1, 4);
  const size = writer.pick([1, 3]);
  const shape = [outputs, dims[1]!, size, size];
  const draw = scaled(writer, dims[1]! * size ** 2);
  const codes = narrow(writer, shape, DataType.INT8, () => Math.round(60 * draw()));
  const each = writer.chance(0.6) ? [outputs] : [];
  const scale = unshared(writer, each, () => 0.01 + writer.random() / 50);
  const zero = writer.chance(0.5) ? [narrow(writer, each, DataType.INT8, () => 0)] : [];
  const weight = writer.add('DequantizeLinear', [codes, scale, ...zero], null, each.length > 0 ? { axis: 0 } : {});
  const pads = [1, 1, 1, 1].map((one) => (size > 1 ? one : 0));
  writer.add('Conv', [value.name, weight], [dims[0]!, outputs, ...dims.slice(2)], { pads, kernel_shape: [size, size] });
};
