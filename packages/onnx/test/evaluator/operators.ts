/** Operators in float64, by their definition, for those that random and hand-made models of tests have. */
import type { OnnxNode } from '../../src/proto/node.ts';
import { array, broadcast, build, countOf, elementAt, type NdArray } from './array.ts';
import { averagePool, conv, convTranspose } from './windows.ts';

export type Operator = (node: OnnxNode, inputs: readonly NdArray[], opset: number) => NdArray | readonly NdArray[];

const pointwise =
  (operate: (x: number) => number): Operator =>
  (_, [x]) =>
    array(x!.dims, x!.data.map(operate));

/** Before opset 7, the second operand's dims lie on the first's from `axis` on, where `broadcast` is set. */
const pairwise =
  (operate: (x: number, y: number) => number): Operator =>
  (node, [a, b], opset) => {
    if (opset >= 7 || node.attribute('broadcast')?.int !== 1) return broadcast(a!, b!, operate);
    const axis = node.attribute('axis')?.int ?? a!.dims.length - b!.dims.length;
    const behind = a!.dims.length - axis - b!.dims.length;
    return broadcast(a!, array([...b!.dims, ...new Array<number>(behind).fill(1)], b!.data), operate);
  };

const batchNormalization: Operator = (node, [x, scale, shift, mean, variance]) => {
  const epsilon = node.attribute('epsilon')?.float ?? Math.fround(1e-5);
  return build(x!.dims, (position) => {
    const c = position[1]!;
    const deviation = Math.sqrt(variance!.data[c]! + epsilon);
    return (scale!.data[c]! * (elementAt(x!, position) - mean!.data[c]!)) / deviation + shift!.data[c]!;
  });
};

const matMul: Operator = (_, [a, b]) => {
  const [rows, inner, columns] = [a!.dims.at(-2)!, a!.dims.at(-1)!, b!.dims.at(-1)!];
  const batch = a!.dims.slice(0, -2);
  if (b!.dims.length !== 2) throw new Error('a product by several matrices is not evaluated');
  return build([...batch, rows, columns], (position) => {
    let sum = 0;
    for (let k = 0; k < inner; k++)
      sum += elementAt(a!, [...position.slice(0, -1), k]) * elementAt(b!, [k, position.at(-1)!]);
    return sum;
  });
};

const gemm: Operator = (node, [a, b, c], opset) => {
  const turn = (matrix: NdArray, name: string) =>
    node.attribute(name)?.int === 1
      ? build([matrix.dims[1]!, matrix.dims[0]!], ([i, j]) => elementAt(matrix, [j!, i!]))
      : matrix;
  const [alpha, beta] = [node.attribute('alpha')?.float ?? 1, node.attribute('beta')?.float ?? 1];
  const product = matMul(node, [turn(a!, 'transA'), turn(b!, 'transB')], opset) as NdArray;
  const scaled = array(
    product.dims,
    product.data.map((value) => alpha * value),
  );
  return c ? broadcast(scaled, c, (x, y) => x + beta * y) : scaled;
};

const pad: Operator = (node, [x, pads, value], opset) => {
  const rank = x!.dims.length;
  const list = opset < 11 ? (node.attribute('pads') ?? node.attribute('paddings'))!.ints! : [...pads!.data];
  const fill = opset < 11 ? (node.attribute('value')?.float ?? 0) : (value?.data[0] ?? 0);
  const dims = x!.dims.map((size, axis) => size + list[axis]! + list[axis + rank]!);
  return build(dims, (position) => {
    const from = position.map((p, axis) => p - list[axis]!);
    return from.every((p, axis) => p >= 0 && p < x!.dims[axis]!) ? elementAt(x!, from) : fill;
  });
};

const slice: Operator = (node, [x, ...lists], opset) => {
  const list = (name: string, place: number) =>
    opset < 10 ? node.attribute(name)?.ints : lists[place] && [...lists[place].data];
  const [starts, ends] = [list('starts', 0)!, list('ends', 1)!];
  const axes = list('axes', 2) ?? starts.map((_, axis) => axis);
  const steps = opset < 10 ? starts.map(() => 1) : (list('steps', 3) ?? starts.map(() => 1));
  const from = x!.dims.map(() => 0);
  const step = x!.dims.map(() => 1);
  const dims = [...x!.dims];
  axes.forEach((given, place) => {
    const axis = given < 0 ? given + x!.dims.length : given;
    const size = x!.dims[axis]!;
    const clamp = (position: number) => Math.min(Math.max(position < 0 ? position + size : position, 0), size);
    if (steps[place]! < 1) throw new Error('backward slices are not evaluated');
    from[axis] = clamp(starts[place]!);
    step[axis] = steps[place]!;
    dims[axis] = Math.max(0, Math.ceil((clamp(ends[place]!) - from[axis]!) / step[axis]!));
  });
  return build(dims, (position) =>
    elementAt(
      x!,
      position.map((p, axis) => from[axis]! + p * step[axis]!),
    ),
  );
};

const split: Operator = (node, [x, sizes]) => {
  const given = node.attribute('axis')?.int ?? 0;
  const axis = given < 0 ? given + x!.dims.length : given;
  const equal = node.outputs.map(() => x!.dims[axis]! / node.outputs.length);
  let start = 0;
  return (node.attribute('split')?.ints ?? (sizes ? [...sizes.data] : equal)).map((size) => {
    const first = start;
    start += size;
    const dims = x!.dims.map((n, at) => (at === axis ? size : n));
    return build(dims, (position) =>
      elementAt(
        x!,
        position.map((p, at) => (at === axis ? p + first : p)),
      ),
    );
  });
};

const concat: Operator = (node, inputs) => {
  const given = node.attribute('axis')?.int ?? 1;
  const axis = given < 0 ? given + inputs[0]!.dims.length : given;
  const total = inputs.reduce((sum, { dims }) => sum + dims[axis]!, 0);
  return build(
    inputs[0]!.dims.map((n, at) => (at === axis ? total : n)),
    (position) => {
      let at = position[axis]!;
      for (const input of inputs) {
        if (at < input.dims[axis]!)
          return elementAt(
            input,
            position.map((p, other) => (other === axis ? at : p)),
          );
        at -= input.dims[axis]!;
      }
      return Number.NaN;
    },
  );
};

const reshape: Operator = (node, [x, shape], opset) => {
  const target = opset < 5 ? node.attribute('shape')!.ints! : [...shape!.data];
  const dims = target.map((size, axis) => (size === 0 ? x!.dims[axis]! : size));
  const known = countOf(dims.filter((size) => size !== -1));
  return array(
    dims.map((size) => (size === -1 ? x!.data.length / known : size)),
    x!.data,
  );
};

const sum: Operator = (_, inputs) => inputs.reduce((total, input) => broadcast(total, input, (x, y) => x + y));

export const operators: Readonly<Record<string, Operator>> = {
  Add: pairwise((x, y) => x + y),
  AveragePool: averagePool,
  BatchNormalization: batchNormalization,
  Cast: (_, [x]) => x!,
  Concat: concat,
  Conv: conv,
  ConvTranspose: convTranspose,
  Div: pairwise((x, y) => x / y),
  Dropout: (_, [x]) => x!,
  Gemm: gemm,
  Identity: (_, [x]) => x!,
  LeakyRelu: (node, [x]) => {
    const alpha = node.attribute('alpha')?.float ?? 0.01;
    return array(
      x!.dims,
      x!.data.map((value) => (value < 0 ? alpha * value : value)),
    );
  },
  MatMul: matMul,
  Mul: pairwise((x, y) => x * y),
  Neg: pointwise((x) => -x),
  Pad: pad,
  Relu: pointwise((x) => Math.max(0, x)),
  Reshape: reshape,
  Sigmoid: pointwise((x) => 1 / (1 + Math.exp(-x))),
  Slice: slice,
  Split: split,
  Sub: pairwise((x, y) => x - y),
  Sum: sum,
};
