/** Output shapes by operator, for the operators that matter to linear ones around them. */
import { floorDivide, outputSize, type Size, sameSize } from '@reparam/core';
import type { OnnxNode } from '../proto/node.ts';
import { intAttribute, intsAttribute } from './attributes.ts';
import { numbersOf } from './constant.ts';
import { normalizeAxis, padPlan, reshapeDims, slicePlan } from './movement.ts';
import type { Scope } from './scope.ts';
import { subtractSizes } from './size-lists.ts';
import { windowAxes } from './windows.ts';

export type Shape = readonly Size[];
type Rule = (node: OnnxNode, scope: Scope) => readonly (Shape | null)[];

/** Shapes of the node's outputs; null where unknown. */
export function inferShapes(node: OnnxNode, scope: Scope): readonly (Shape | null)[] {
  if (SAME_SHAPE.has(node.opType)) return [scope.shape(node.inputs[0]!)];
  if (BROADCASTING.has(node.opType)) return [broadcast(node.inputs.map((name) => scope.shape(name)))];
  if (REDUCING.has(node.opType)) return [reduceShape(node, scope)];
  return rules[node.opType]?.(node, scope) ?? [];
}

/** First output has the first input's shape. */
const SAME_SHAPE: ReadonlySet<string> = new Set(
  (
    'Relu LeakyRelu PRelu Sigmoid Tanh Clip HardSigmoid HardSwish Elu Selu Celu Softplus Softsign Erf Exp Log Sqrt Abs Neg Floor Ceil ' +
    'Round Sign Reciprocal Sin Cos Gelu Mish Swish ThresholdedRelu Softmax LogSoftmax Hardmax Identity Dropout Cast Not IsNaN IsInf LRN ' +
    'InstanceNormalization GroupNormalization LayerNormalization SimplifiedLayerNormalization RMSNormalization BatchNormalization ' +
    'LpNormalization MeanVarianceNormalization QuantizeLinear DequantizeLinear CumSum ScatterND ScatterElements Trilu'
  ).split(' '),
);

const REDUCING: ReadonlySet<string> = new Set(
  'ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare'.split(
    ' ',
  ),
);

const BROADCASTING: ReadonlySet<string> = new Set(
  'Add Sub Mul Div Pow Max Min Sum Mean Mod And Or Xor Equal Greater Less GreaterOrEqual LessOrEqual Where'.split(' '),
);

/** One shape for all: a size of 1 yields, a number wins over a symbol (which can then only be 1 or that number). */
function broadcast(shapes: readonly (Shape | null)[]): Shape | null {
  if (shapes.some((shape) => shape === null)) return null;
  const rank = Math.max(...shapes.map((shape) => shape!.length));
  const result: Size[] = [];
  for (let axis = 0; axis < rank; axis++) {
    let size: Size | null = 1;
    for (const shape of shapes) size = broadcastSize(size, shape![axis - rank + shape!.length] ?? 1);
    if (size === null) return null;
    result.push(size);
  }
  return result;
}

function broadcastSize(a: Size | null, b: Size): Size | null {
  if (a === null || a === 1 || sameSize(a, b)) return a === null ? null : b;
  if (b === 1) return a;
  if (typeof a === 'number') return a;
  return typeof b === 'number' ? b : null;
}

const rules: Readonly<Record<string, Rule>> = {
  Conv: (node, scope) => [convShape(node, scope)],
  ConvTranspose: (node, scope) => [convTransposeShape(node, scope)],
  MaxPool: (node, scope) => [poolShape(node, scope)],
  AveragePool: (node, scope) => [poolShape(node, scope)],
  LpPool: (node, scope) => [poolShape(node, scope)],
  GlobalAveragePool: (node, scope) => [globalShape(node, scope)],
  GlobalMaxPool: (node, scope) => [globalShape(node, scope)],
  Gemm: (node, scope) => [gemmShape(node, scope)],
  MatMul: (node, scope) => [matMulShape(scope.shape(node.inputs[0]!), scope.shape(node.inputs[1]!))],
  Concat: (node, scope) => [concatShape(node, scope)],
  Split: splitShapes,
  Slice: (node, scope) => [sliceShape(node, scope)],
  Pad: (node, scope) => [padShape(node, scope)],
  Gather: (node, scope) => [gatherShape(node, scope)],
  Flatten: (node, scope) => [flattenShape(node, scope)],
  Reshape: (node, scope) => [reshapeShape(node, scope)],
  Transpose: (node, scope) => {
    const shape = scope.shape(node.inputs[0]!);
    const order = shape && (intsAttribute(node, 'perm') ?? shape.map((_, axis) => shape.length - 1 - axis));
    return [shape && order!.every((axis) => axis in shape) ? order!.map((axis) => shape[axis]!) : null];
  },
  Squeeze: (node, scope) => {
    const axes = intsAttribute(node, 'axes') ?? numbersOf(scope.constant(node.inputs[1] ?? ''));
    const shape = scope.shape(node.inputs[0]!);
    const gone = axes?.map((axis) => normalizeAxis(axis, shape?.length ?? 0));
    return [shape && gone ? shape.filter((_, axis) => !gone.includes(axis)) : null];
  },
  Unsqueeze: (node, scope) => {
    const axes = intsAttribute(node, 'axes') ?? numbersOf(scope.constant(node.inputs[1] ?? ''));
    const shape = scope.shape(node.inputs[0]!);
    if (!shape || !axes) return [null];
    const added = axes.map((axis) => normalizeAxis(axis, shape.length + axes.length));
    const rest = [...shape];
    return [
      Array.from({ length: shape.length + axes.length }, (_, axis) => (added.includes(axis) ? 1 : rest.shift()!)),
    ];
  },
  Expand: (node, scope) => [
    broadcast([scope.shape(node.inputs[0]!), numbersOf(scope.constant(node.inputs[1]!)) ?? null]),
  ],
};

/** A convolution tells its input's rank and channels where they are not known. */
function convShape(node: OnnxNode, scope: Scope): Shape | null {
  const weight = scope.shape(node.inputs[1] ?? '');
  if (!weight || weight.length < 3 || weight.some((size) => typeof size !== 'number')) return null;
  const channels = (weight[1] as number) * intAttribute(node, 'group', 1);
  const input = scope.refine(node.inputs[0]!, weight.length, channels);
  const axes = input && windowAxes(node, weight.slice(2) as number[], input.slice(2));
  if (!input) return null;
  if (!axes) return [input[0]!, weight[0]!, ...weight.slice(2).map(() => scope.freshSize())];
  return [input[0]!, weight[0]!, ...axes.map((axis, index) => outputSize(axis, input[index + 2]!))];
}

function convTransposeShape(node: OnnxNode, scope: Scope): Shape | null {
  const weight = scope.shape(node.inputs[1] ?? '');
  if (!weight || weight.length < 3 || weight.some((size) => typeof size !== 'number')) return null;
  const input = scope.refine(node.inputs[0]!, weight.length, weight[0] as number);
  if (!input) return null;
  const axes = windowAxes(node, weight.slice(2) as number[], []);
  const extra = intsAttribute(node, 'output_padding') ?? [];
  const fixed = intsAttribute(node, 'output_shape');
  const sizes = input.slice(2).map((size, index) => {
    if (!axes || fixed) return scope.freshSize();
    const axis = axes[index]!;
    const added = axis.dilation * (axis.kernel - 1) - axis.padBegin - axis.padEnd + (extra[index] ?? 0);
    if (axis.stride === 1) return floorDivide(size, added, 1);
    return typeof size === 'number' ? axis.stride * (size - 1) + 1 + added : scope.freshSize();
  });
  return [input[0]!, (weight[1] as number) * intAttribute(node, 'group', 1), ...sizes];
}

function poolShape(node: OnnxNode, scope: Scope): Shape | null {
  const kernel = intsAttribute(node, 'kernel_shape');
  const input = scope.shape(node.inputs[0]!);
  if (!kernel || !input || input.length !== kernel.length + 2) return null;
  const axes = windowAxes(node, kernel, input.slice(2));
  const ceil = intAttribute(node, 'ceil_mode', 0) === 1;
  const sizes = kernel.map((_, index) => {
    const axis = axes?.[index];
    const size = input[index + 2]!;
    if (!axis) return scope.freshSize();
    if (!ceil || axis.stride === 1) return outputSize(axis, size);
    return typeof size === 'number' ? ceilOutputs(axis, size) : scope.freshSize();
  });
  return [input[0]!, input[1]!, ...sizes];
}

/** Pooling with ceil_mode: a last window that starts in the end padding does not count. */
function ceilOutputs(
  axis: { kernel: number; stride: number; dilation: number; padBegin: number; padEnd: number },
  size: number,
): number {
  const reach = size + axis.padBegin + axis.padEnd - axis.dilation * (axis.kernel - 1) - 1;
  const outputs = Math.ceil(reach / axis.stride) + 1;
  return (outputs - 1) * axis.stride >= size + axis.padBegin ? outputs - 1 : outputs;
}

function globalShape(node: OnnxNode, scope: Scope): Shape | null {
  const input = scope.shape(node.inputs[0]!);
  return input && [...input.slice(0, 2), ...input.slice(2).map(() => 1)];
}

function gemmShape(node: OnnxNode, scope: Scope): Shape | null {
  const weight = scope.shape(node.inputs[1]!);
  if (weight?.length !== 2) return null;
  const transposed = intAttribute(node, 'transB', 0) === 1;
  const [inner, outer] = transposed ? [weight[1]!, weight[0]!] : [weight[0]!, weight[1]!];
  if (intAttribute(node, 'transA', 0) === 1) {
    const input = scope.shape(node.inputs[0]!);
    return input && [input[1]!, outer];
  }
  const input = typeof inner === 'number' ? scope.refine(node.inputs[0]!, 2, inner) : scope.shape(node.inputs[0]!);
  return input && [input[0]!, outer];
}

function matMulShape(a: Shape | null, b: Shape | null): Shape | null {
  if (!a || !b || a.length < 2 || b.length < 2) return null;
  const batch = broadcast([a.slice(0, -2), b.slice(0, -2)]);
  return batch && [...batch, a.at(-2)!, b.at(-1)!];
}

function concatShape(node: OnnxNode, scope: Scope): Shape | null {
  const shapes = node.inputs.map((name) => scope.shape(name));
  const first = shapes[0];
  const axis = first && normalizeAxis(intAttribute(node, 'axis', 1), first.length);
  if (!first || axis === null || axis === undefined || shapes.some((shape) => shape?.length !== first.length))
    return null;
  const sizes = shapes.map((shape) => shape![axis]!);
  const total = sizes.every((size) => typeof size === 'number')
    ? sizes.reduce((sum, size) => sum + size, 0)
    : scope.freshSize();
  return first.map((size, index) => {
    if (index === axis) return total;
    return shapes.map((shape) => shape![index]!).find((other) => typeof other === 'number') ?? size; // they must all be equal
  });
}

function splitShapes(node: OnnxNode, scope: Scope): (Shape | null)[] {
  const input = scope.shape(node.inputs[0]!);
  const axis = input && normalizeAxis(intAttribute(node, 'axis', 0), input.length);
  if (!input || axis === null || axis === undefined) return [];
  const sizes = splitSizes(node, scope, input[axis]!);
  return node.outputs.map((_, place) =>
    input.map((size, index) => (index === axis ? (sizes?.[place] ?? scope.freshSize()) : size)),
  );
}

/** Sizes of a Split's outputs: given, or as equal as can be. */
export function splitSizes(node: OnnxNode, scope: Scope, size: Size): readonly number[] | undefined {
  const given =
    intsAttribute(node, 'split') ?? (node.inputs[1] ? numbersOf(scope.constant(node.inputs[1])) : undefined);
  if (given) return given.length === node.outputs.length ? given : undefined;
  if (node.inputs[1] || typeof size !== 'number') return undefined;
  const parts = node.outputs.length;
  const part = Math.ceil(size / parts);
  return node.outputs.map((_, place) => Math.min(part, size - part * place));
}

function sliceShape(node: OnnxNode, scope: Scope): Shape | null {
  const input = scope.shape(node.inputs[0]!);
  const plan = input && planSlice(node, scope, input);
  if (!input || !plan) return null;
  return input.map((size, axis) => {
    const slice = plan.get(axis);
    if (!slice) return size;
    return typeof size === 'number'
      ? slice.count
      : floorDivide(size, slice.step - 1 - slice.start - slice.cropEnd, slice.step);
  });
}

/** What a Slice takes, its ends counted from the end where they follow from the size itself. */
export function planSlice(node: OnnxNode, scope: Scope, input: Shape): ReturnType<typeof slicePlan> {
  const inputs = node.inputs.map((name) => scope.constant(name));
  const ends = scope.sizeList(node.inputs[2] ?? '');
  const axes = numbersOf(inputs[3]) ?? ends?.map((_, axis) => axis);
  const known = ends?.map((end, place) => {
    const size = input[normalizeAxis(axes?.[place] ?? 0, input.length) ?? -1];
    const left = end === null || size === undefined ? null : typeof end === 'number' ? null : subtractSizes(size, end);
    if (typeof left !== 'number') return typeof end === 'number' ? end : null;
    return left > 0 ? -left : Number.MAX_SAFE_INTEGER;
  });
  return slicePlan(node, inputs, input, scope.opset, known);
}

function padShape(node: OnnxNode, scope: Scope): Shape | null {
  const input = scope.shape(node.inputs[0]!);
  const plan =
    input &&
    padPlan(
      node,
      node.inputs.map((name) => scope.constant(name)),
      input.length,
      scope.opset,
    );
  return input && plan ? input.map((size, axis) => floorDivide(size, plan.begin[axis]! + plan.end[axis]!, 1)) : null;
}

function gatherShape(node: OnnxNode, scope: Scope): Shape | null {
  const [data, indices] = [scope.shape(node.inputs[0]!), scope.shape(node.inputs[1]!)];
  const axis = data && normalizeAxis(intAttribute(node, 'axis', 0), data.length);
  if (!data || !indices || axis === null || axis === undefined) return null;
  return [...data.slice(0, axis), ...indices, ...data.slice(axis + 1)];
}

function flattenShape(node: OnnxNode, scope: Scope): Shape | null {
  const input = scope.shape(node.inputs[0]!);
  const axis = intAttribute(node, 'axis', 1);
  return input && [productOf(input.slice(0, axis), scope), productOf(input.slice(axis), scope)];
}

function productOf(sizes: readonly Size[], scope: Scope): Size {
  const others = sizes.filter((size) => size !== 1);
  if (others.length === 1) return others[0]!;
  return scope.products.multiply(others);
}

function reshapeShape(node: OnnxNode, scope: Scope): Shape | null {
  const target = intsAttribute(node, 'shape') ?? scope.sizeList(node.inputs[1] ?? '');
  const input = scope.shape(node.inputs[0]!);
  if (!target) return null;
  if (intAttribute(node, 'allowzero', 0) === 1 && target.includes(0)) return null;
  const isFixed = input?.every((size) => typeof size === 'number') && target.every((size) => typeof size === 'number');
  if (isFixed) return reshapeDims(input as number[], target as number[]) ?? null;
  const sizes = target.map((size, axis) => (size === 0 ? (input?.[axis] ?? null) : size));
  const open = sizes.indexOf(-1);
  const others = sizes.filter((_, axis) => axis !== open);
  const rest = input && others.every((size) => size !== null) ? scope.products.divide(input, others) : undefined;
  return sizes.map((size, axis) => (axis === open ? (rest ?? scope.freshSize()) : (size ?? scope.freshSize())));
}

function reduceShape(node: OnnxNode, scope: Scope): Shape | null {
  const input = scope.shape(node.inputs[0]!);
  const axes = intsAttribute(node, 'axes') ?? (node.inputs[1] ? numbersOf(scope.constant(node.inputs[1])) : undefined);
  if (!input || !axes) return null;
  const reduced = axes.map((axis) => normalizeAxis(axis, input.length));
  const keep = intAttribute(node, 'keepdims', 1) === 1;
  return input.flatMap((size, axis) => (reduced.includes(axis) ? (keep ? [1] : []) : [size]));
}
