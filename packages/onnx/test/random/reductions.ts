/** Random operators that reduce axes, normalize along them or run along one. */
import { unshared } from './elementwise.ts';
import { mayBeEmpty, window } from './windows.ts';
import type { Attributes, Make } from './writer.ts';

const REDUCING = ['Sum', 'Sum', 'Mean', 'Mean', 'Max', 'Min', 'L1', 'L2', 'SumSquare', 'LogSumExp', 'Prod'];

/** Axes as an attribute or, from opset 13 or 18 on, as an input; all of them where there are none. */
export const reduce: Make = (writer, value) => {
  const { dims } = value;
  const rank = dims.length;
  const op = `Reduce${writer.pick(REDUCING)}`;
  const keepdims = rank < 3 || writer.chance(0.6) ? 1 : 0;
  const chosen = dims.map((_, axis) => axis).filter(() => writer.chance(0.4));
  const counted = chosen.map((axis) => (writer.opset >= 11 && writer.chance(0.3) ? axis - rank : axis));
  const takesInput = writer.opset >= (op === 'ReduceSum' ? 13 : 18);
  const attributes: Attributes = keepdims === 0 || writer.chance(0.3) ? { keepdims } : {};
  const keepsAll = takesInput && chosen.length === 0 && writer.chance(0.5);
  if (takesInput && (keepsAll || writer.chance(0.1))) attributes.noop_with_empty_axes = keepsAll ? 1 : 0;
  const reduced = chosen.length > 0 ? chosen : keepsAll ? [] : dims.map((_, axis) => axis);
  const out = dims.flatMap((size, axis) => (reduced.includes(axis) ? (keepdims ? [1] : []) : [size]));
  if (out.length === 0) return;
  const factors = reduced.reduce((product, axis) => product * dims[axis]!, 1);
  if (op === 'ReduceProd' && factors > 6) return; // each would add what rounding made of it
  const says = chosen.length > 0 || writer.chance(0.5);
  if (!takesInput && says && chosen.length > 0) attributes.axes = counted;
  writer.add(op, [value.name, ...(takesInput && says ? [writer.list(counted)] : [])], out, attributes);
};

export const softmax: Make = (writer, value) => {
  const rank = value.dims.length;
  if (rank === 0) return;
  const axis = writer.int(0, rank - 1);
  const counted = writer.opset >= 11 && writer.chance(0.3) ? axis - rank : axis;
  const attributes: Attributes = writer.chance(0.7) ? { axis: counted } : {};
  writer.add(writer.chance(0.8) ? 'Softmax' : 'LogSoftmax', [value.name], value.dims, attributes);
};

/** Normalizations by what the value itself is. */
export const normalize: Make = (writer, value) => {
  const { dims } = value;
  const { opset } = writer;
  if (dims.length < 3) return;
  const channels = dims[1]!;
  const constants = (shape: readonly number[]) => [writer.constant(shape), writer.constant(shape)];
  const epsilon: Attributes = { epsilon: { float: 1e-2 } };
  const kind = writer.int(writer.hasFreeSizes ? 2 : 0, writer.hasFreeSizes ? 4 : 5); // ONNX Runtime dies of some that normalize an empty map
  if (kind <= 1) writer.add('InstanceNormalization', [value.name, ...constants([channels])], dims, epsilon);
  else if (kind === 2 && opset >= 17) {
    const axis = writer.int(1, dims.length - 1);
    const [scale, shift] = constants(dims.slice(axis));
    writer.add('LayerNormalization', [value.name, scale!, ...(writer.chance(0.6) ? [shift!] : [])], dims, {
      axis: writer.chance(0.5) ? axis : axis - dims.length,
      ...epsilon,
    });
  } else if (kind === 3 && opset >= 18) {
    const groups = writer.pick([1, 2, 3, channels].filter((count) => channels % count === 0));
    const inputs = [value.name, ...constants([opset >= 21 ? channels : groups])];
    writer.add('GroupNormalization', inputs, dims, { num_groups: groups, ...epsilon });
  } else if (kind === 4 && dims.length === 4)
    writer.add('LRN', [value.name], dims, { size: writer.pick([1, 3]), alpha: { float: 0.1 } });
  else {
    const least = writer.name('c'); // of nothing but rounding it would make ones
    writer.tensors.push({ name: least, dims: [], values: [0.25] });
    const positive = writer.add('Sum', [writer.add('Sigmoid', [value.name], dims), least], dims);
    writer.add('LpNormalization', [positive], dims, { axis: 1, p: writer.int(1, 2) });
  }
};

export const cumulate: Make = (writer, value) => {
  const rank = value.dims.length;
  if (writer.opset < 11 || rank === 0) return;
  const axis = writer.int(writer.chance(0.3) ? -rank : 0, rank - 1);
  const attributes: Attributes = {};
  if (writer.chance(0.3)) attributes.exclusive = 1;
  if (writer.chance(0.3)) attributes.reverse = 1;
  writer.add('CumSum', [value.name, writer.list([axis], [])], value.dims, attributes);
};

/** Poolings other than means, of windows or of the whole map. */
export const otherPool: Make = (writer, value) => {
  const [batch, channels, ...sizes] = value.dims as [number, number, ...number[]];
  if (sizes.length < 1 || sizes.length > 3 || mayBeEmpty(writer, sizes)) return;
  const p = writer.int(1, 2);
  if (writer.chance(0.5)) {
    const isMost = writer.chance(0.6) || writer.opset >= 22;
    const out = value.dims.map((size, axis) => (axis < 2 ? size : 1));
    writer.add(isMost ? 'GlobalMaxPool' : 'GlobalLpPool', [value.name], out, isMost ? {} : { p });
    return;
  }
  const found = window(writer, sizes, { dilates: false, pool: true });
  if (found) writer.add('LpPool', [value.name], [batch, channels, ...found.out], { ...found.attributes, p });
};

const EQUATIONS = [
  ...['bchw->bhwc', 'bchw,oc->bohw', 'bchw->bc', 'bchw,bchw->bc', 'bchw,c->bchw', 'bchw,bdhw->bcd', 'bchw,wv->bchv'],
  ...['bij,jk->bik', 'bij,bkj->bik', 'bij->bji', 'bij,ki->bkj', '...j,jk->...k'],
  ...['ij,jk->ik', 'ij,kj->ik', 'ij->ji', 'ij,j->ij'],
];

export const einsum: Make = (writer, value) => {
  const { dims } = value;
  const fits = EQUATIONS.filter((one) => one.startsWith('.') || one.search(/[,-]/) === dims.length);
  if (writer.opset < 12 || dims.length < 2 || fits.length === 0) return;
  const equation = writer.pick(fits);
  const [operands, result] = equation.replaceAll('...', 'xyzu'.slice(0, dims.length - 1)).split('->') as [
    string,
    string,
  ];
  const [letters, more] = operands.split(',') as [string, string?];
  const sizes = new Map([...letters].map((letter, axis) => [letter, dims[axis]!]));
  const sizeOf = (letter: string) => sizes.get(letter) ?? sizes.set(letter, writer.int(1, 4)).get(letter)!;
  const shape = [...(more ?? '')].map(sizeOf);
  const other = writer.value((known) => known.dims.join() === shape.join());
  const beside =
    other && writer.chance(0.5) ? other.name : more && unshared(writer, shape, () => writer.random() - 0.5);
  const inputs = [value.name, ...(more && beside ? [beside] : [])];
  writer.add('Einsum', inputs, [...result].map(sizeOf), { equation });
};
