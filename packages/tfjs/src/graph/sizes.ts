/** Sizes that a graph computes from shapes: scalars and vectors of whole numbers, element by element, as far as they are known. */
import { floorDivide, type Size, sameSize } from '@reparam/core';
import { numberAttribute } from './attributes.ts';
import type { NodeDef } from './node-def.ts';
import type { GraphScope } from './scope.ts';

/** Elements in order; null for one that is not known. */
export type Sizes = readonly (Size | null)[];

type SizeRule = (node: NodeDef, scope: GraphScope) => Sizes | null;

const pass: SizeRule = ({ inputs }, scope) => scope.sizes(inputs[0]);

const shapeOf: SizeRule = ({ inputs }, scope) => scope.shape(inputs[0]!);

const pack: SizeRule = ({ inputs, attributes }, scope) => {
  const parts = inputs.map((name) => (scope.shape(name)?.length === 0 ? scope.sizes(name) : null));
  if (numberAttribute(attributes, 'axis', 0) !== 0) return null;
  return parts.some(Boolean) ? parts.map((part) => part?.[0] ?? null) : null;
};

const concat: SizeRule = ({ op, inputs }, scope) => {
  const parts = (op === 'Concat' ? inputs.slice(1) : inputs.slice(0, -1)).map((name) => scope.sizes(name));
  return parts.every((part) => part !== null) ? parts.flat() : null;
};

/** One element, or a range of them. */
const stridedSlice: SizeRule = ({ inputs, attributes }, scope) => {
  const all = scope.sizes(inputs[0]);
  const [begin, end, step] = [1, 2, 3].map((place) => scope.numbers(inputs[place]));
  const mask = (name: string) => numberAttribute(attributes, name, 0);
  const isOther = mask('ellipsis_mask') !== 0 || mask('new_axis_mask') !== 0 || scope.shape(inputs[0]!)?.length !== 1;
  if (!all || begin?.length !== 1 || end?.length !== 1 || step?.[0] !== 1 || isOther) return null;
  const from = (place: number) => Math.min(Math.max(place < 0 ? place + all.length : place, 0), all.length);
  const start = mask('begin_mask') ? 0 : from(begin[0]!);
  if (mask('shrink_axis_mask')) return start < all.length ? [all[start]!] : null;
  return all.slice(start, mask('end_mask') ? all.length : from(end[0]!));
};

const gather: SizeRule = ({ inputs }, scope) => {
  const all = scope.sizes(inputs[0]);
  const places = scope.numbers(inputs[1]);
  if (!all || !places || scope.shape(inputs[0]!)?.length !== 1) return null;
  return places.map((place) => all[place < 0 ? place + all.length : place] ?? null);
};

/** Of a vector. Sizes that are not 1 have a product with no name, unless all are numbers. */
const product: SizeRule = ({ inputs }, scope) => {
  const all = scope.sizes(inputs[0]);
  return all && scope.shape(inputs[0]!)?.length === 1 ? [all.reduce(multiply, 1)] : null;
};

function multiply(a: Size | null, b: Size | null): Size | null {
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  return a === 1 ? b : b === 1 ? a : null;
}

function add(a: Size | null, b: Size | null): Size | null {
  if (typeof b === 'number') return a === null ? null : floorDivide(a, b, 1);
  return typeof a === 'number' && b !== null ? floorDivide(b, a, 1) : null;
}

function subtract(a: Size | null, b: Size | null): Size | null {
  if (a !== null && b !== null && sameSize(a, b)) return 0;
  return typeof b === 'number' ? add(a, -b) : null;
}

function divide(a: Size | null, b: Size | null): Size | null {
  return a !== null && typeof b === 'number' && b > 0 ? floorDivide(a, 0, b) : null;
}

/** Of two vectors, or of one and a scalar. */
function elementwise(compute: (a: Size | null, b: Size | null) => Size | null): SizeRule {
  return ({ inputs }, scope) => {
    const [a, b] = inputs.map((name) => scope.sizes(name));
    if (!a || !b || (a.length !== b.length && a.length !== 1 && b.length !== 1)) return null;
    const count = Math.max(a.length, b.length);
    const at = (sizes: Sizes, place: number) => sizes[sizes.length === 1 ? 0 : place]!;
    return Array.from({ length: count }, (_, place) => compute(at(a, place), at(b, place)));
  };
}

const rules: Readonly<Record<string, SizeRule>> = {
  Add: elementwise(add),
  AddV2: elementwise(add),
  Cast: pass,
  Concat: concat,
  ConcatV2: concat,
  ExpandDims: pass,
  FloorDiv: elementwise(divide),
  GatherV2: gather,
  Identity: pass,
  Mul: elementwise(multiply),
  Pack: pack,
  Prod: product,
  Reshape: pass,
  Shape: shapeOf,
  Squeeze: pass,
  StridedSlice: stridedSlice,
  Sub: elementwise(subtract),
};

/** What the first output holds, where it is sizes; null where it is anything else. */
export function outputSizes(node: NodeDef, scope: GraphScope): Sizes | null {
  return rules[node.op]?.(node, scope) ?? null;
}

/** Whether an operator gives nothing but sizes, or a part of them. */
export function isSizeOnly(op: unknown): boolean {
  return op === 'Shape' || op === 'Pack' || op === 'StridedSlice' || op === 'Prod';
}
