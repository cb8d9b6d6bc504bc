/** Output shapes of operators that resize maps, repeat them, or move elements between channels and positions. */
import { floorDivide, type Size } from '@reparam/core';
import type { OnnxNode } from '../proto/node.ts';
import { intAttribute, intsAttribute, stringAttribute } from './attributes.ts';
import { numbersOf } from './constant.ts';
import { normalizeAxis } from './movement.ts';
import type { Scope } from './scope.ts';
import { broadcast, type Shape, type ShapeRule } from './shape-rules.ts';

export const resizedShapes: Readonly<Record<string, ShapeRule>> = {
  Resize: (node, scope) => [resizeShape(node, scope)],
  Upsample: (node, scope) => [resizeShape(node, scope)],
  DepthToSpace: (node, scope) => {
    const shape = scope.shape(node.inputs[0]!);
    const block = intAttribute(node, 'blocksize', 0);
    if (shape?.length !== 4 || block < 1) return [null];
    const [batch, channels, ...map] = shape;
    const larger = map.map((size) => scope.products.multiply([block, size]));
    return [[batch!, floorDivide(channels!, 0, block * block), ...larger]];
  },
  SpaceToDepth: (node, scope) => {
    const shape = scope.shape(node.inputs[0]!);
    const block = intAttribute(node, 'blocksize', 0);
    if (shape?.length !== 4 || block < 1) return [null];
    const [batch, channels, ...map] = shape;
    const smaller = map.map((size) => scope.products.divide([size], [block]) ?? floorDivide(size, 0, block));
    return [[batch!, scope.products.multiply([block * block, channels!]), ...smaller]];
  },
  Tile: (node, scope) => {
    const shape = scope.shape(node.inputs[0]!);
    const repeats = scope.sizeList(node.inputs[1] ?? '');
    if (!shape || repeats?.length !== shape.length) return [null];
    return [
      shape.map((size, axis) => {
        const times = repeats[axis];
        return times === null || times === undefined ? scope.freshSize() : scope.products.multiply([times, size]);
      }),
    ];
  },
  GridSample: (node, scope) => {
    const [shape, grid] = [scope.shape(node.inputs[0]!), scope.shape(node.inputs[1] ?? '')];
    return [shape && grid?.length === shape.length ? [...shape.slice(0, 2), ...grid.slice(1, -1)] : null];
  },
  TopK: (node, scope) => {
    const shape = scope.shape(node.inputs[0]!);
    const axis = shape && normalizeAxis(intAttribute(node, 'axis', -1), shape.length);
    if (!shape || axis === null) return [null, null];
    const count = node.inputs[1] ? scope.sizeList(node.inputs[1])?.[0] : intAttribute(node, 'k', 0);
    const found = shape.map((size, at) => (at === axis ? (count ?? scope.freshSize()) : size));
    return [found, found];
  },
  GatherElements: (node, scope) => [scope.shape(node.inputs[1] ?? '')],
  LSTM: recurrentShapes,
  GRU: recurrentShapes,
  RNN: recurrentShapes,
  Einsum: (node, scope) => [einsumShape(node, scope)],
};

/** All states `[steps, directions, batch, state]`, then the last ones. */
function recurrentShapes(node: OnnxNode, scope: Scope): readonly (Shape | null)[] {
  const [shape, weight] = node.inputs.map((name) => scope.shape(name));
  const state = intAttribute(node, 'hidden_size', 0);
  if (shape?.length !== 3 || !weight || state < 1 || intAttribute(node, 'layout', 0) !== 0) return [];
  const last = [weight[0]!, shape[1]!, state];
  return [[shape[0]!, ...last], last, last];
}

/** Each axis by its size, or by its scale; of the other axes none changes. */
function resizeShape(node: OnnxNode, scope: Scope): Shape | null {
  const shape = scope.shape(node.inputs[0]!);
  const axes = shape && resizedAxes(node, shape.length);
  if (!shape || !axes) return null;
  const sizes = node.inputs[3] ? scope.sizeList(node.inputs[3]) : undefined;
  const scales = node.inputs[3] ? undefined : scalesOf(node, scope);
  const result = [...shape];
  for (const [place, axis] of axes.entries())
    result[axis] = (sizes ? sizes[place] : scaledSize(shape[axis]!, scales?.[place], scope)) ?? scope.freshSize();
  return result;
}

/** Axes that a Resize or Upsample tells of; null where the sizes of the result follow from more than sizes or scales. */
export function resizedAxes(node: OnnxNode, rank: number): readonly number[] | null {
  const isCropped = stringAttribute(node, 'coordinate_transformation_mode', '') === 'tf_crop_and_resize';
  const keepsAspect = stringAttribute(node, 'keep_aspect_ratio_policy', 'stretch') !== 'stretch';
  if (keepsAspect || (isCropped && !node.inputs[3])) return null;
  const axes = intsAttribute(node, 'axes') ?? Array.from({ length: rank }, (_, axis) => axis);
  const normal = axes.map((axis) => normalizeAxis(axis, rank));
  return normal.every((axis) => axis !== null) ? normal : null;
}

/** Scales of these axes. Opset 10 has them where later ones have the region, and Upsample before opset 9 as an attribute. */
export function scalesOf(node: OnnxNode, scope: Scope): readonly number[] | undefined {
  const name = node.opType === 'Resize' && scope.opset >= 11 ? node.inputs[2] : node.inputs[1];
  return node.attribute('scales')?.floats ?? numbersOf(scope.constant(name ?? ''));
}

/** `floor(size * scale)`, where float32, in which runtimes compute it, cannot round it to another whole number. */
function scaledSize(size: Size, scale: number | undefined, scope: Scope): Size | null {
  if (scale === undefined || scale <= 0) return null;
  if (scale === 1) return size;
  if (Number.isInteger(scale)) return scope.products.multiply([scale, size]);
  if (typeof size !== 'number') return Number.isInteger(1 / scale) ? floorDivide(size, 0, 1 / scale) : null;
  const [exact, rounded] = [size * scale, Math.fround(size * Math.fround(scale))];
  return Math.floor(exact) === Math.floor(rounded) ? Math.floor(exact) : null;
}

/** The size that each letter of the result has in the operands, as in "bhid,bhjd->bhij". */
function einsumShape(node: OnnxNode, scope: Scope): Shape | null {
  const [operands, result] = stringAttribute(node, 'equation', '').replaceAll(' ', '').split('->');
  if (!operands || result === undefined || /\W/.test(result)) return null;
  const sizes = new Map<string, Size>();
  for (const [place, letters] of operands.split(',').entries()) {
    const shape = scope.shape(node.inputs[place] ?? '');
    if (shape?.length !== letters.length) return null;
    for (const [axis, letter] of [...letters].entries())
      sizes.set(letter, broadcast([[sizes.get(letter) ?? 1], [shape[axis]!]], scope)![0]!);
  }
  const found = [...result].map((letter) => sizes.get(letter));
  return found.every((size) => size !== undefined) ? found : null;
}
