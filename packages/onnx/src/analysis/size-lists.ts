/**
 * Lists of whole numbers that follow from sizes: what exporters compute from Shape by Gather, Slice, Concat and plain arithmetic, and feed
 * to Reshape, Slice and Expand. With free sizes such a list is no constant, but its entries are sizes like any other.
 */
import { floorDivide, type Size, sameSize } from '@reparam/core';
import type { OnnxNode } from '../proto/node.ts';
import { intAttribute, intsAttribute } from './attributes.ts';
import { numbersOf } from './constant.ts';
import { shapePart } from './fold/make.ts';
import { slicePlan } from './movement.ts';
import type { SizeProducts } from './products.ts';
import type { Scope } from './scope.ts';
import { type SizeList, WHOLE } from './size-list.ts';

type Read = (name: string | undefined) => SizeList | undefined;

/** The list that a node computes; undefined where it is none. */
export function foldSizes(node: OnnxNode, scope: Scope, products: SizeProducts): SizeList | undefined {
  const read: Read = (name) => (name ? scope.sizeList(name) : undefined);
  return rules[node.opType]?.(node, read, scope, products);
}

type Rule = (node: OnnxNode, read: Read, scope: Scope, products: SizeProducts) => SizeList | undefined;

const rules: Readonly<Record<string, Rule>> = {
  Shape: (node, _, scope) => {
    const shape = scope.shape(node.inputs[0]!);
    return shape ? shapePart(node, shape) : undefined;
  },
  Add: pairwise((a, b) => addSizes(a, b)),
  Sub: pairwise((a, b) => subtractSizes(a, b)),
  Mul: pairwise((a, b, products) => products.multiply([a, b])),
  Div: pairwise((a, b, products) => divideSizes(a, b, products)),
  Cast: (node, read) => (WHOLE.has(intAttribute(node, 'to', 0)) ? read(node.inputs[0]) : undefined),
  Identity: (node, read) => read(node.inputs[0]),
  Squeeze: (node, read) => read(node.inputs[0]),
  Unsqueeze: (node, read) => oneNumber(read(node.inputs[0])),
  Reshape: (node, read, scope) =>
    [1, 0].includes(scope.constant(node.inputs[1] ?? '')?.values.length ?? -1) ? read(node.inputs[0]) : undefined,
  Concat: (node, read) => {
    const parts = node.inputs.map(read);
    return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
  },
  Gather: (node, read, scope) => {
    const [list, places] = [read(node.inputs[0]), numbersOf(scope.constant(node.inputs[1] ?? ''))];
    return list && places?.map((place) => list.at(place) ?? null);
  },
  Slice: (node, read, scope) => {
    const list = read(node.inputs[0]);
    const inputs = node.inputs.map((name) => scope.constant(name));
    const part = list && slicePlan(node, inputs, [list.length], scope.opset)?.get(0);
    return part && Array.from({ length: part.count }, (_, index) => list![part.start + index * part.step] ?? null);
  },
  ReduceProd: (node, read, _, products) => {
    const list = read(node.inputs[0]);
    const whole = intsAttribute(node, 'axes') === undefined && node.inputs.length === 1;
    if (whole && intAttribute(node, 'noop_with_empty_axes', 0) === 1) return list;
    return whole && list?.every((size) => size !== null) ? [products.multiply(list as readonly Size[])] : undefined;
  },
};

/** A list of one entry stays what it is under an added axis; a longer one would get a second axis. */
function oneNumber(list: SizeList | undefined): SizeList | undefined {
  return list?.length === 1 ? list : undefined;
}

function pairwise(operate: (a: Size, b: Size, products: SizeProducts) => Size | null): Rule {
  return (node, read, _, products) => {
    const [a, b] = [read(node.inputs[0]), read(node.inputs[1])];
    if (!a || !b || (a.length !== b.length && a.length !== 1 && b.length !== 1)) return undefined;
    return Array.from({ length: Math.max(a.length, b.length) }, (_entry, index) => {
      const [x, y] = [a[a.length === 1 ? 0 : index]!, b[b.length === 1 ? 0 : index]!];
      return x === null || y === null ? null : operate(x, y, products);
    });
  };
}

export function addSizes(a: Size, b: Size): Size | null {
  if (typeof b === 'number') return floorDivide(a, b, 1);
  return typeof a === 'number' ? floorDivide(b, a, 1) : null;
}

/** A number, where two sizes differ by the same for every input. */
export function subtractSizes(a: Size, b: Size): Size | null {
  if (typeof b === 'number') return floorDivide(a, -b, 1);
  if (typeof a === 'number' || a.symbol !== b.symbol || a.stride !== b.stride) return null;
  return (a.constant - b.constant) % a.stride === 0 ? (a.constant - b.constant) / a.stride : null;
}

/** Whole numbers divide towards zero; sizes are never below it. */
function divideSizes(a: Size, b: Size, products: SizeProducts): Size | null {
  const exact = products.divide([a], [b]);
  if (exact !== undefined) return exact;
  if (typeof b !== 'number' || b < 1) return sameSize(a, b) ? 1 : null;
  return typeof a === 'number' ? Math.trunc(a / b) : floorDivide(a, 0, b);
}
