/** Output shapes of operators that only move data. */
import { floorDivide, type Size } from '@reparam/core';
import type { OnnxNode } from '../proto/node.ts';
import { intAttribute, intsAttribute } from './attributes.ts';
import { numbersOf } from './constant.ts';
import { shapePart } from './fold/make.ts';
import { normalizeAxis, padPlan, reshapeDims, slicePlan } from './movement.ts';
import { resizedShapes } from './resized-shapes.ts';
import type { Scope } from './scope.ts';
import { broadcast, type Shape, type ShapeRule } from './shape-rules.ts';
import { addSizes, subtractSizes } from './size-lists.ts';

export const movedShapes: Readonly<Record<string, ShapeRule>> = {
  ...resizedShapes,
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
  Expand: (node, scope) => [broadcast([scope.shape(node.inputs[0]!), knownSizes(node.inputs[1], scope)], scope)],
  Shape: (node, scope) => {
    const shape = scope.shape(node.inputs[0]!);
    return [shape && [shapePart(node, shape).length]];
  },
  ConstantOfShape: (node, scope) => [knownSizes(node.inputs[0], scope)],
  Range: (node, scope) => {
    const [start = null, limit = null, step] = node.inputs.map((name) => scope.sizeList(name)?.[0]);
    const count = start === null || limit === null || step !== 1 ? null : subtractSizes(limit, start);
    return [count === null ? null : [typeof count === 'number' ? Math.max(0, count) : count]];
  },
};

/** The sizes of a list, where all of them are known. */
function knownSizes(name: string | undefined, scope: Scope): Shape | null {
  const list = numbersOf(scope.constant(name ?? '')) ?? scope.sizeList(name ?? '');
  return list?.every((size) => size !== null) ? list : null;
}

function concatShape(node: OnnxNode, scope: Scope): Shape | null {
  const shapes = node.inputs.map((name) => scope.shape(name));
  const first = shapes[0];
  const axis = first && normalizeAxis(intAttribute(node, 'axis', 1), first.length);
  if (!first || axis === null || axis === undefined || shapes.some((shape) => shape?.length !== first.length))
    return null;
  const sizes = shapes.map((shape) => shape![axis]!);
  const total =
    sizes.reduce<Size | null>((sum, size) => (sum === null ? null : addSizes(sum, size)), 0) ?? scope.freshSize();
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
  const unknown = plan ? [] : slicedAxes(node, scope, input?.length ?? 0);
  if (!input || !unknown) return null;
  return input.map((size, axis) => {
    if (unknown.includes(axis)) return scope.freshSize();
    const slice = plan?.get(axis);
    if (!slice) return size;
    return typeof size === 'number'
      ? slice.count
      : floorDivide(size, slice.step - 1 - slice.start - slice.cropEnd, slice.step);
  });
}

/** Axes that a Slice may make shorter. */
function slicedAxes(node: OnnxNode, scope: Scope, rank: number): (number | null)[] | undefined {
  const list = (name: string, place: number) =>
    intsAttribute(node, name) ?? numbersOf(scope.constant(node.inputs[place] ?? ''));
  const axes = list('axes', 3) ?? (node.inputs[3] ? undefined : list('starts', 1)?.map((_, axis) => axis));
  return axes?.map((axis) => normalizeAxis(axis, rank));
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
    if (left > 1) return null; // of smaller maps it would be negative, and count from the end
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
  if (input && plan) return input.map((size, axis) => floorDivide(size, plan.begin[axis]! + plan.end[axis]!, 1));
  const pads = node.inputs[3] ? undefined : scope.sizeList(node.inputs[1] ?? '');
  if (!input || pads?.length !== 2 * input.length) return null;
  return input.map((size, axis) => {
    const [begin, end] = [pads[axis], pads[axis + input.length]];
    return typeof begin === 'number' && typeof end === 'number' ? floorDivide(size, begin + end, 1) : scope.freshSize();
  });
}

function gatherShape(node: OnnxNode, scope: Scope): Shape | null {
  const [data, indices] = [scope.shape(node.inputs[0]!), scope.shape(node.inputs[1]!)];
  const axis = data && normalizeAxis(intAttribute(node, 'axis', 0), data.length);
  if (!data || !indices || axis === null || axis === undefined) return null;
  return [...data.slice(0, axis), ...indices, ...data.slice(axis + 1)];
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
