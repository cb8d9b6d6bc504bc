/** Elements put elsewhere: Pad, Slice, Split, Concat, Gather and Scatter. */
import { derivedArray, readArray, sameShape } from '@reparam/core';
import type { OnnxNode } from '../../proto/node.ts';
import { floatAttribute, intAttribute, intsAttribute, stringAttribute } from '../attributes.ts';
import { gatherTo } from '../broadcast.ts';
import { type Constant, countOf, numbersOf } from '../constant.ts';
import { normalizeAxis, padPlan, slicePlan } from '../movement.ts';
import { allOf, type Folds, type Inputs, LARGEST_FILL } from './table.ts';

export const moves: Folds = {
  Concat: foldConcat,
  Gather: foldGather,
  Pad: foldPad,
  ScatterND: foldScatter,
  Slice: foldSlice,
  Split: foldSplit,
};

function foldPad(node: OnnxNode, inputs: Inputs, opset: number): Constant | undefined {
  const [a] = inputs;
  if (!a || stringAttribute(node, 'mode', 'constant') !== 'constant') return undefined;
  const plan = padPlan(node, inputs, a.dims.length, opset);
  const value = opset < 11 ? floatAttribute(node, 'value', 0) : plan?.value;
  if (!plan || value === undefined) return undefined;
  const dims = a.dims.map((dim, axis) => dim + plan.begin[axis]! + plan.end[axis]!);
  if (dims.some((dim) => dim < 0) || countOf(dims) > LARGEST_FILL) return undefined;
  const isInside = (index: readonly number[], from: number[]) =>
    index.every((position, axis) => {
      from[axis] = position - plan.begin[axis]!;
      return from[axis]! >= 0 && from[axis]! < a.dims[axis]!;
    });
  return gatherTo(a, dims, isInside, value);
}

function foldSlice(node: OnnxNode, inputs: Inputs, opset: number): Constant | undefined {
  const [a] = inputs;
  const plan = a && slicePlan(node, inputs, a.dims, opset);
  if (!plan) return undefined;
  const dims = a.dims.map((dim, axis) => plan.get(axis)?.count ?? dim);
  return gatherTo(a, dims, (index, from) => {
    index.forEach((position, axis) => {
      const slice = plan.get(axis);
      from[axis] = slice ? slice.start + slice.step * position : position;
    });
    return true;
  });
}

/** `count` positions of one axis, from `start`. */
function sliceAxis(a: Constant, axis: number, start: number, count: number): Constant {
  const dims = a.dims.map((dim, index) => (index === axis ? count : dim));
  return gatherTo(a, dims, (index, from) => {
    for (let position = 0; position < index.length; position++)
      from[position] = index[position]! + (position === axis ? start : 0);
    return true;
  });
}

function foldSplit(node: OnnxNode, [a, sizesInput]: Inputs): readonly Constant[] | undefined {
  const axis = a && normalizeAxis(intAttribute(node, 'axis', 0), a.dims.length);
  if (!a || axis === null || axis === undefined) return undefined;
  const parts = node.outputs.length;
  const even = Math.ceil(a.dims[axis]! / parts);
  const evenSizes = Array.from({ length: parts }, (_, part) => Math.min(even, a.dims[axis]! - part * even));
  const sizes = intsAttribute(node, 'split') ?? (node.inputs[1] ? numbersOf(sizesInput) : evenSizes);
  if (sizes?.length !== parts || sizes.reduce((sum, size) => sum + size, 0) !== a.dims[axis]) return undefined;
  let start = 0;
  return sizes.map((size) => {
    const part = sliceAxis(a, axis, start, size);
    start += size;
    return part;
  });
}

function foldGather(node: OnnxNode, [a, indices]: Inputs): Constant | undefined {
  const places = numbersOf(indices);
  const axis = a && normalizeAxis(intAttribute(node, 'axis', 0), a.dims.length);
  if (!a || !indices || !places || axis === null || axis === undefined) return undefined;
  const size = a.dims[axis]!;
  const chosen = places.map((place) => (place < 0 ? place + size : place));
  if (chosen.some((place) => place < 0 || place >= size)) return undefined;
  const flat = [...a.dims.slice(0, axis), chosen.length, ...a.dims.slice(axis + 1)];
  const gathered = gatherTo(a, flat, (index, from) => {
    for (let position = 0; position < index.length; position++)
      from[position] = position === axis ? chosen[index[position]!]! : index[position]!;
    return true;
  });
  return { ...gathered, dims: [...a.dims.slice(0, axis), ...indices.dims, ...a.dims.slice(axis + 1)] };
}

function foldConcat(node: OnnxNode, inputs: Inputs): Constant | undefined {
  const parts = allOf(inputs);
  const first = parts?.[0];
  if (!parts || !first || parts.some((part) => part.dataType !== first.dataType)) return undefined;
  const axis = normalizeAxis(intAttribute(node, 'axis', 1), first.dims.length);
  const others = (dims: readonly number[]) => dims.filter((_, index) => index !== axis);
  if (axis === null || parts.some((part) => !sameShape(others(part.dims), others(first.dims)))) return undefined;
  const dims = [...first.dims];
  dims[axis] = parts.reduce((sum, part) => sum + part.dims[axis]!, 0);
  const outer = countOf(dims.slice(0, axis));
  const row = countOf(dims.slice(axis));
  const arrays = parts.map((part) => part.values);
  const values = derivedArray(countOf(dims), arrays, (memo) => {
    const result = new Float64Array(countOf(dims));
    let start = 0;
    for (const part of arrays) {
      const array = readArray(part, memo);
      const width = array.length / outer;
      for (let o = 0; o < outer; o++) result.set(array.subarray(o * width, (o + 1) * width), o * row + start);
      start += width;
    }
    return result;
  });
  return { dims, dataType: first.dataType, values };
}

/** Slices of `a` at the listed places written anew; with `reduction` add or mul, combined. */
function foldScatter(node: OnnxNode, [a, indices, updates]: Inputs): Constant | undefined {
  const places = numbersOf(indices);
  const depth = indices?.dims.at(-1) ?? 0;
  const reduction = stringAttribute(node, 'reduction', 'none');
  if (!a || !places || !updates || a.dataType !== updates.dataType || depth > a.dims.length) return undefined;
  if (!['none', 'add', 'mul'].includes(reduction)) return undefined;
  const width = countOf(a.dims.slice(depth));
  if (updates.values.length !== (places.length / Math.max(depth, 1)) * width) return undefined;
  const values = derivedArray(a.values.length, [a.values, updates.values], (memo) => {
    const result = Float64Array.from(readArray(a.values, memo));
    const written = readArray(updates.values, memo);
    for (let slice = 0; slice * width < written.length; slice++) {
      const start = width * flatIndex(places.slice(slice * depth, (slice + 1) * depth), a.dims);
      for (let i = 0; i < width; i++) {
        const update = written[slice * width + i]!;
        if (reduction === 'none') result[start + i] = update;
        else result[start + i] = reduction === 'add' ? result[start + i]! + update : result[start + i]! * update;
      }
    }
    return result;
  });
  return { ...a, values };
}

function flatIndex(place: readonly number[], dims: readonly number[]): number {
  return place.reduce(
    (index, position, axis) => index * dims[axis]! + (position < 0 ? position + dims[axis]! : position),
    0,
  );
}
