/** One random node, or a few that belong together, on values of a graph under way. */
import type { GraphAttribute } from './graph-file.ts';
import type { GraphWriter, Known } from './random-graph.ts';

type Attributes = Record<string, GraphAttribute>;
type Make = (writer: GraphWriter, value: Known) => unknown;

/** Adds nodes; false where none fits. */
export function randomNode(writer: GraphWriter): boolean {
  const [, make] = writer.pick(WEIGHTED);
  const value = writer.value();
  const before = writer.nodes.length;
  if (value && value.dims.reduce((product, size) => product * size, 1) < 20_000) make(writer, value);
  return writer.nodes.length > before;
}

/** Window attributes of kernel size `kernel`, and the sizes it gives; null where there is no output. */
function window(
  writer: GraphWriter,
  sizes: readonly number[],
  { dilates = true, pool = false }: { dilates?: boolean; pool?: boolean } = {},
): { kernel: number[]; attributes: Attributes; out: number[] } | null {
  const same = writer.chance(0.6);
  const stride = !same && writer.chance(0.6) ? 2 : 1;
  const kernel: number[] = [];
  const strides: number[] = [];
  const dilations: number[] = [];
  const begin: number[] = [];
  const end: number[] = [];
  const out: number[] = [];
  const automatic = writer.chance(0.15) ? writer.pick(['SAME_UPPER', 'SAME_LOWER', 'VALID']) : null;
  for (const size of sizes) {
    const k = writer.pick([1, 1, 2, 3, 3, 3, 5]);
    const s = stride > 1 && writer.chance(0.15) ? writer.pick([1, 3]) : stride;
    const d = dilates && !automatic && k > 1 && writer.chance(0.2) ? 2 : 1;
    const span = d * (k - 1);
    const most = pool ? k - 1 : span + 1;
    let b = same ? Math.floor(span / 2) : writer.int(0, Math.min(3, most));
    let e = same ? span - b : writer.chance(0.7) ? b : writer.int(0, Math.min(3, most));
    if (same && writer.chance(0.15)) [b, e] = [e, b];
    if (automatic === 'VALID') [b, e] = [0, 0];
    let o = Math.floor((size + b + e - span - 1) / s) + 1;
    if (automatic?.startsWith('SAME')) o = Math.ceil(size / s);
    if (o < 1 || (pool && (b >= k || e >= k))) return null;
    kernel.push(k);
    strides.push(s);
    dilations.push(d);
    begin.push(b);
    end.push(e);
    out.push(o);
  }
  const attributes: Attributes = { kernel_shape: kernel };
  if (strides.some((s) => s > 1) || writer.chance(0.5)) attributes.strides = strides;
  if (dilations.some((d) => d > 1) || (dilates && writer.chance(0.3))) attributes.dilations = dilations;
  if (automatic) attributes.auto_pad = automatic;
  else if (begin.concat(end).some((p) => p > 0) || writer.chance(0.5)) attributes.pads = [...begin, ...end];
  return { kernel, attributes, out };
}

const divisors = (a: number, b: number) =>
  Array.from({ length: Math.min(a, b) }, (_, i) => i + 1).filter((g) => a % g === 0 && b % g === 0);

const conv: Make = (writer, value) => {
  const [batch, channels, ...sizes] = value.dims as [number, number, ...number[]];
  if (sizes.length < 1 || sizes.length > 3) return;
  const found = window(writer, sizes);
  if (!found) return;
  const outputs = writer.chance(0.6) ? channels : writer.int(1, 6);
  const group = writer.pick(divisors(channels, outputs));
  const { kernel, attributes, out } = found;
  const weight = writer.constant(
    [outputs, channels / group, ...kernel],
    scaled(writer, (channels / group) * kernel.reduce((a, b) => a * b, 1)),
  );
  const bias = writer.chance(0.5) ? [writer.constant([outputs])] : [];
  if (group > 1 || writer.chance(0.3)) attributes.group = group;
  if (writer.chance(0.3)) delete attributes.kernel_shape;
  writer.add('Conv', [value.name, weight, ...bias], [batch, outputs, ...out], attributes);
};

/** Weights whose sums stay near 1. */
function scaled(writer: GraphWriter, count: number): () => number {
  return () => (writer.random() * 2 - 1) * Math.sqrt(3 / count);
}

const convTranspose: Make = (writer, value) => {
  const [batch, channels, ...sizes] = value.dims as [number, number, ...number[]];
  if (sizes.length < 1 || sizes.length > 2) return;
  const group = writer.pick(divisors(channels, channels));
  const perGroup = writer.int(1, 3);
  const stride = writer.pick([1, 1, 2, 2, 3]);
  const kernel = sizes.map(() => writer.int(1, 3));
  const dilation = writer.chance(0.2) ? 2 : 1;
  const pads = kernel.map((k) => writer.int(0, Math.min(1, dilation * (k - 1))));
  const extra = writer.chance(0.3) ? writer.int(0, Math.max(stride, dilation) - 1) : 0;
  const out = sizes.map((size, i) => stride * (size - 1) + dilation * (kernel[i]! - 1) + 1 - 2 * pads[i]! + extra);
  if (out.some((size) => size < 1)) return;
  const weight = writer.constant([channels, perGroup, ...kernel], scaled(writer, channels / group));
  const bias = writer.chance(0.5) ? [writer.constant([perGroup * group])] : [];
  const attributes: Attributes = { strides: sizes.map(() => stride), pads: [...pads, ...pads], group };
  if (dilation > 1) attributes.dilations = sizes.map(() => dilation);
  if (extra > 0) attributes.output_padding = sizes.map(() => extra);
  writer.add('ConvTranspose', [value.name, weight, ...bias], [batch, perGroup * group, ...out], attributes);
};

const batchNorm: Make = (writer, value) => {
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
function unshared(writer: GraphWriter, dims: readonly number[], draw: () => number): string {
  const name = writer.name('p');
  const count = dims.reduce((product, dim) => product * dim, 1);
  writer.tensors.push({ name, dims, values: Array.from({ length: count }, () => Math.fround(draw())) });
  return name;
}

/** Dims of a constant beside a value: every way it may broadcast, now and then enlarging. */
function besideDims(writer: GraphWriter, dims: readonly number[]): number[] {
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

const withConstant: Make = (writer, value) => {
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

function broadcast(a: readonly number[], b: readonly number[]): number[] | null {
  const rank = Math.max(a.length, b.length);
  const out = Array.from({ length: rank }, (_, axis) => {
    const [x, y] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1];
    return x === y || y === 1 ? x : x === 1 ? y : -1;
  });
  return out.includes(-1) ? null : out;
}

const join: Make = (writer, value) => {
  const exact = writer.chance(0.85);
  const other = writer.value(({ name, dims }) => {
    if (exact) return dims.join() === value.dims.join() && (name !== value.name || writer.chance(0.3));
    return broadcast(dims, value.dims) !== null;
  });
  if (!other) return;
  const op = writer.pick(['Add', 'Add', 'Add', 'Sub', 'Sum', 'Mul', 'Mean']);
  if (op === 'Sum' || op === 'Mean') {
    const third = writer.value(({ dims }) => dims.join() === value.dims.join());
    const inputs = [value.name, other.name, ...(third && writer.chance(0.5) ? [third.name] : [])];
    writer.add(op, inputs, broadcast(value.dims, other.dims));
  } else writer.add(op, [value.name, other.name], broadcast(value.dims, other.dims));
};

/** A few branches of one value, added. */
const branches: Make = (writer, value) => {
  const count = writer.int(2, 3);
  const start = writer.values.length;
  for (let i = 0; i < count * 3 && writer.values.length < start + count; i++)
    writer.pick([conv, conv, batchNorm, pool, withConstant])(writer, value);
  const made = writer.values.slice(start);
  const groups = new Map<string, Known[]>();
  for (const branch of [...made, value])
    groups.set(branch.dims.join(), [...(groups.get(branch.dims.join()) ?? []), branch]);
  for (const group of groups.values())
    if (group.length > 1) {
      let sum = group[0]!.name;
      for (const branch of group.slice(1))
        sum = writer.add(
          writer.pick(['Add', 'Add', 'Sub']),
          [sum, branch.name],
          value.dims.length ? group[0]!.dims : null,
        );
    }
};

const unary: Make = (writer, value) => {
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

const prelu: Make = (writer, value) => {
  if (value.dims.length < 2) return;
  const slope = unshared(writer, [value.dims[1]!, ...value.dims.slice(2).map(() => 1)], () =>
    writer.chance(0.7) ? 1 : 0.5,
  );
  writer.add('PRelu', [value.name, slope], value.dims);
};

const pool: Make = (writer, value) => {
  const [batch, channels, ...sizes] = value.dims as [number, number, ...number[]];
  if (sizes.length < 1 || sizes.length > 3) return;
  const most = writer.chance(0.12);
  const found = window(writer, sizes, { dilates: !most && writer.opset >= 19, pool: true });
  if (!found) return;
  const { attributes } = found;
  let { out } = found;
  if (!most && writer.chance(0.6)) attributes.count_include_pad = 1;
  if (writer.opset >= 10 && writer.chance(0.2)) {
    attributes.ceil_mode = 1;
    const pads = (attributes.pads as number[] | undefined) ?? sizes.flatMap(() => [0, 0]);
    const strides = (attributes.strides as number[] | undefined) ?? sizes.map(() => 1);
    const dilations = (attributes.dilations as number[] | undefined) ?? sizes.map(() => 1);
    if (!attributes.auto_pad)
      out = sizes.map((size, i) => {
        const reach = size + pads[i]! + pads[i + sizes.length]! - dilations[i]! * (found.kernel[i]! - 1) - 1;
        const outputs = Math.ceil(reach / strides[i]!) + 1;
        return (outputs - 1) * strides[i]! >= size + pads[i]! ? outputs - 1 : outputs;
      });
  }
  writer.add(most ? 'MaxPool' : 'AveragePool', [value.name], [batch, channels, ...out], attributes);
};

const pad: Make = (writer, value) => {
  const rank = value.dims.length;
  const touched = value.dims.map((_, axis) => (axis >= 2 ? writer.chance(0.7) : axis === 1 && writer.chance(0.1)));
  const draw = (axis: number) => (touched[axis] ? writer.pick([0, 1, 1, 2, writer.chance(0.5) ? -1 : 0]) : 0);
  const [begin, end] = [value.dims.map((_, axis) => draw(axis)), value.dims.map((_, axis) => draw(axis))];
  const out = value.dims.map((size, axis) => size + begin[axis]! + end[axis]!);
  if (out.some((size) => size < 1)) return;
  const mode = writer.chance(0.15) ? writer.pick(['reflect', 'edge']) : 'constant';
  const filled = writer.chance(0.2) ? writer.pick([1, 0]) : null;
  const attributes: Attributes = mode === 'constant' ? {} : { mode };
  if (writer.opset < 11) {
    attributes.pads = [...begin, ...end];
    if (filled !== null) attributes.value = { float: filled };
    writer.add('Pad', [value.name], out, attributes);
    return;
  }
  const fill = filled === null ? [] : [unshared(writer, [], () => filled)];
  if (writer.opset >= 18 && writer.chance(0.3)) {
    const axes = value.dims.map((_, axis) => axis).filter((axis) => touched[axis]);
    if (axes.length === 0) return;
    const pads = [...axes.map((axis) => begin[axis]!), ...axes.map((axis) => end[axis]!)];
    const counted = axes.map((axis) => (writer.chance(0.3) ? axis - rank : axis));
    writer.add('Pad', [value.name, writer.list(pads), fill[0] ?? '', writer.list(counted)], out, attributes);
  } else writer.add('Pad', [value.name, writer.list([...begin, ...end]), ...fill], out, attributes);
};

const slice: Make = (writer, value) => {
  const rank = value.dims.length;
  const axes = value.dims.map((_, axis) => axis).filter((axis) => axis > 0 && writer.chance(axis === 1 ? 0.4 : 0.6));
  if (axes.length === 0) return;
  const starts: number[] = [];
  const ends: number[] = [];
  const steps: number[] = [];
  const out = [...value.dims];
  for (const axis of axes) {
    const size = out[axis]!;
    const step = writer.opset >= 10 && writer.chance(0.3) ? writer.pick([2, 3, -1]) : 1;
    const start = writer.int(0, Math.min(2, size - 1));
    const crop = writer.int(0, Math.min(2, size - 1 - start));
    if (step > 0) {
      starts.push(writer.chance(0.8) ? start : start - size);
      ends.push(crop === 0 ? writer.pick([size, 2 ** 31 - 1, 1000]) : writer.chance(0.6) ? -crop : size - crop);
      out[axis] = Math.ceil((size - crop - start) / step);
    } else {
      starts.push(-1 - start);
      ends.push(writer.pick([-1000, -(2 ** 31)]));
      out[axis] = size - start;
    }
    steps.push(step);
  }
  const counted = axes.map((axis) => (writer.chance(0.2) ? axis - rank : axis));
  if (writer.opset < 10) writer.add('Slice', [value.name], out, { starts, ends, axes: counted });
  else {
    const stepped = steps.some((step) => step !== 1) || writer.chance(0.3);
    writer.add(
      'Slice',
      [
        value.name,
        ...[starts, ends, counted].map((list) => writer.list(list)),
        ...(stepped ? [writer.list(steps)] : []),
      ],
      out,
    );
  }
};

/** Splits channels, gives most parts an operator, and usually joins them again. */
const split: Make = (writer, value) => {
  const rank = value.dims.length;
  const axis = writer.chance(0.8) || rank < 3 ? 1 : rank - 1;
  const size = value.dims[axis]!;
  if (size < 2) return;
  const equal = size % 2 === 0 && writer.chance(0.6);
  const first = equal ? size / 2 : writer.int(1, size - 1);
  const parts = [first, size - first];
  const outputs = parts.map(() => writer.name('v'));
  const attributes: Attributes = { axis };
  const inputs = [value.name];
  if (equal && writer.chance(0.5)) {
    if (writer.opset >= 18) attributes.num_outputs = 2;
  } else if (writer.opset < 13) attributes.split = parts;
  else inputs.push(writer.list(parts));
  writer.nodes.push({ op: 'Split', inputs, outputs, attributes });
  const made = outputs.map((name, place) => ({
    name,
    dims: value.dims.map((dim, index) => (index === axis ? parts[place]! : dim)),
  }));
  writer.values.push(...made);
  if (writer.chance(0.2)) return;
  const turned = made.map((part) => {
    const start = writer.values.length;
    if (writer.chance(0.7)) writer.pick([conv, batchNorm, withConstant, unary])(writer, part);
    return writer.values[start] ?? part;
  });
  concatOf(writer, writer.chance(0.85) ? turned : turned.reverse(), axis);
};

function concatOf(writer: GraphWriter, parts: readonly Known[], axis: number): void {
  const [first] = parts;
  const fits = parts.every(
    ({ dims }) =>
      dims.length === first!.dims.length && dims.every((size, index) => index === axis || size === first!.dims[index]),
  );
  if (!fits) return;
  const total = parts.reduce((sum, { dims }) => sum + dims[axis]!, 0);
  const at = writer.chance(0.2) ? axis - first!.dims.length : axis;
  writer.add(
    'Concat',
    parts.map(({ name }) => name),
    first!.dims.map((size, index) => (index === axis ? total : size)),
    { axis: at },
  );
}

const concat: Make = (writer, value) => {
  if (value.dims.length < 2) return;
  const axis = writer.chance(0.8) ? 1 : value.dims.length - 1;
  const others = Array.from({ length: writer.int(1, 2) }, () =>
    writer.value(
      ({ dims }) =>
        dims.length === value.dims.length && dims.every((size, index) => index === axis || size === value.dims[index]),
    ),
  );
  concatOf(writer, [value, ...others.filter((other) => other !== undefined)], axis);
};

const gather: Make = (writer, value) => {
  if (value.dims.length < 2) return;
  const axis = writer.chance(0.8) ? 1 : value.dims.length - 1;
  const size = value.dims[axis]!;
  const indices = Array.from({ length: writer.int(1, size) }, () =>
    writer.int(writer.opset >= 11 && writer.chance(0.2) ? -size : 0, size - 1),
  );
  if (writer.chance(0.6)) indices.sort((a, b) => a - b);
  const dims = value.dims.map((dim, index) => (index === axis ? indices.length : dim));
  writer.add('Gather', [value.name, writer.list(indices)], dims, { axis });
};

const matMul: Make = (writer, value) => {
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

const gemm: Make = (writer, value) => {
  if (value.dims.length !== 2) return matMul(writer, value);
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

const transpose: Make = (writer, value) => {
  const perm = value.dims.map((_, axis) => axis);
  const [a, b] = [writer.int(0, perm.length - 1), writer.int(0, perm.length - 1)];
  [perm[a], perm[b]] = [perm[b]!, perm[a]!];
  writer.add(
    'Transpose',
    [value.name],
    perm.map((axis) => value.dims[axis]!),
    { perm },
  );
};

const reshape: Make = (writer, value) => {
  const count = value.dims.reduce((product, size) => product * size, 1);
  const [target, dims] = writer.pick<[number[], number[]]>([
    [
      [0, -1],
      [value.dims[0]!, count / value.dims[0]!],
    ],
    [value.dims.map(() => 0), [...value.dims]],
    [[...value.dims], [...value.dims]],
    [
      [0, 0, -1],
      [value.dims[0]!, value.dims[1]!, count / (value.dims[0]! * value.dims[1]!)],
    ],
  ]);
  if (value.dims.length >= target.filter((size) => size === 0).length)
    writer.add('Reshape', [value.name, writer.list(target)], dims);
};

/** An If whose body reads a value by name. */
const choose: Make = (writer, value) => {
  const condition = writer.name('b');
  writer.tensors.push({ name: condition, dims: [], values: [writer.int(0, 1)], whole: 'bool' });
  const body = (op: string) => {
    const output = writer.name('inner');
    const nodes = [{ op, inputs: [value.name], outputs: [output] }];
    return { body: { opset: writer.opset, inputs: [], tensors: [], nodes, outputs: [output] } };
  };
  writer.add('If', [condition], value.dims, { then_branch: body('Relu'), else_branch: body('Neg') });
};

const WEIGHTED: readonly (readonly [string, Make])[] = (
  [
    [7, 'conv', conv],
    [3, 'branches', branches],
    [4, 'batchNorm', batchNorm],
    [4, 'withConstant', withConstant],
    [5, 'join', join],
    [3, 'unary', unary],
    [1, 'prelu', prelu],
    [3, 'pool', pool],
    [2, 'pad', pad],
    [2, 'slice', slice],
    [3, 'split', split],
    [2, 'concat', concat],
    [2, 'gather', gather],
    [2, 'matMul', matMul],
    [2, 'gemm', gemm],
    [2, 'convTranspose', convTranspose],
    [1, 'transpose', transpose],
    [1, 'reshape', reshape],
    [1, 'choose', choose],
  ] as const
).flatMap(([weight, name, make]) => Array.from({ length: weight }, () => [name, make] as const));
