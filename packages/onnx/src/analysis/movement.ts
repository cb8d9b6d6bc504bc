/** What operators that only move data do: reshapes, slices and pads, read from attributes or constant inputs, by opset. */
import type { Size } from '@reparam/core';
import type { OnnxNode } from '../proto/node.ts';
import { floatAttribute, intsAttribute } from './attributes.ts';
import { type Constant, countOf, numbersOf } from './constant.ts';

/** An axis counted from the front; null where it is out of range. */
export function normalizeAxis(axis: number, rank: number): number | null {
  const normal = axis < 0 ? axis + rank : axis;
  return normal >= 0 && normal < rank ? normal : null;
}

/** Target dims of a Reshape of static dims: 0 copies, -1 is inferred. */
export function reshapeDims(dims: readonly number[], target: readonly number[] | undefined): number[] | undefined {
  if (!target) return undefined;
  const result = target.map((dim, axis) => (dim === 0 ? (dims[axis] ?? 0) : dim));
  const open = result.indexOf(-1);
  if (open >= 0) result[open] = countOf(dims) / countOf(result.filter((_, axis) => axis !== open));
  return countOf(result) === countOf(dims) ? result : undefined;
}

export interface PadPlan {
  readonly begin: readonly number[];
  readonly end: readonly number[];
  /** Undefined where it is no constant. */
  readonly value: number | undefined;
}

/** Pads per axis; undefined where they are not constant. Negative pads crop. */
export function padPlan(
  node: OnnxNode,
  [, padsInput, valueInput, axesInput]: readonly (Constant | undefined)[],
  rank: number,
  opset: number,
): PadPlan | undefined {
  const byAttribute = opset < 11;
  const pads = byAttribute ? (intsAttribute(node, 'pads') ?? intsAttribute(node, 'paddings')) : numbersOf(padsInput);
  const axes = node.inputs[3] ? numbersOf(axesInput) : Array.from({ length: rank }, (_, axis) => axis);
  if (!pads || !axes || pads.length !== 2 * axes.length) return undefined;
  const begin = new Array<number>(rank).fill(0);
  const end = new Array<number>(rank).fill(0);
  for (const [place, axis] of axes.entries()) {
    const normal = normalizeAxis(axis, rank);
    if (normal === null) return undefined;
    begin[normal] = pads[place]!;
    end[normal] = pads[place + axes.length]!;
  }
  const value = byAttribute ? floatAttribute(node, 'value', 0) : node.inputs[2] ? numbersOf(valueInput)?.[0] : 0;
  return { begin, end, value };
}

/** One sliced axis: `count` positions from `start` by `step`. With a symbolic size, `count` is NaN and `cropEnd` holds. */
export interface AxisSlice {
  readonly start: number;
  readonly step: number;
  readonly count: number;
  /** Elements left off at the end. */
  readonly cropEnd: number;
}

/** What a Slice takes of each sliced axis, `knownEnds` being its ends where they are no constants; undefined where that is not constant or depends on a symbolic size. */
export function slicePlan(
  node: OnnxNode,
  inputs: readonly (Constant | undefined)[],
  sizes: readonly Size[],
  opset: number,
  knownEnds?: readonly (number | null)[],
): Map<number, AxisSlice> | undefined {
  const list = (name: string, place: number) =>
    opset < 10 ? intsAttribute(node, name) : node.inputs[place] ? numbersOf(inputs[place]) : undefined;
  const [starts, ends] = [list('starts', 1), list('ends', 2) ?? knownEnds];
  const axes = list('axes', 3) ?? (opset >= 10 && node.inputs[3] ? undefined : starts?.map((_, axis) => axis));
  const steps = opset >= 10 && node.inputs[4] ? list('steps', 4) : starts?.map(() => 1);
  if (!starts || !ends || !axes || !steps) return undefined;
  const plan = new Map<number, AxisSlice>();
  for (const [place, axis] of axes.entries()) {
    const normal = normalizeAxis(axis, sizes.length);
    const slice = normal === null ? undefined : sliceAxis(sizes[normal]!, starts[place]!, ends[place], steps[place]!);
    if (!slice) return undefined;
    plan.set(normal!, slice);
  }
  return plan;
}

/** Ends at or beyond this mean "to the end"; exporters write the largest 32- or 64-bit integer. */
const TO_THE_END = 2 ** 31 - 1;

function sliceAxis(size: Size, start: number, end: number | null | undefined, step: number): AxisSlice | undefined {
  if (end === null || end === undefined) return undefined;
  if (typeof size !== 'number') {
    if (start < 0 || step < 1 || (end >= 0 && end < TO_THE_END)) return undefined;
    return { start, step, count: Number.NaN, cropEnd: end >= TO_THE_END ? 0 : -end };
  }
  if (step === 0) return undefined;
  const clamp = (position: number, least: number, most: number) =>
    Math.min(Math.max(position < 0 ? position + size : position, least), most);
  const first = step > 0 ? clamp(start, 0, size) : clamp(start, 0, size - 1);
  const last = step > 0 ? clamp(end, 0, size) : clamp(end, -1, size - 1);
  const count = Math.max(0, Math.ceil((last - first) / step));
  return { start: first, step, count, cropEnd: size - last };
}
