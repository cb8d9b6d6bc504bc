/** Operators that movements hold as they are: how one is written behind another map, as text that is equal where they are. */
import type { Size } from '@reparam/core';
import type { NewAttribute } from '../proto/new-parts.ts';
import type { OnnxNode } from '../proto/node.ts';

/** What an operator reads behind the map: nothing, a list, or the sizes that its result has on some axes. */
export type OwnInput =
  | null
  | { readonly floats: readonly number[] }
  | { readonly integers: readonly number[] }
  | { readonly sizesOf: readonly number[] };

export type AxisSize = readonly [axis: number, size: Size];

export interface OwnOperator {
  readonly opType: string;
  readonly attributes: Readonly<Record<string, NewAttribute>>;
  readonly inputs: readonly OwnInput[];
  /** Axes with the sizes they get, which tell it from others that are alike. */
  readonly sizes: readonly AxisSize[];
}

/** null where the node has attributes of other types than finite numbers, text, and lists of numbers. */
export function operatorKey(node: OnnxNode, inputs: readonly OwnInput[], sizes: readonly AxisSize[]): string | null {
  const attributes = node.attributeNames.map((name) => [name, copyAttribute(node, name)] as const);
  if (attributes.some(([, value]) => value === null)) return null;
  const own = { opType: node.opType, attributes: Object.fromEntries(attributes), inputs, sizes };
  return JSON.stringify(own);
}

export function readOperator(key: string): OwnOperator {
  return JSON.parse(key);
}

function copyAttribute(node: OnnxNode, name: string): NewAttribute | null {
  const { int, float, string, ints, floats } = node.attribute(name)!;
  if (int !== undefined) return { int };
  if (float !== undefined) return Number.isFinite(float) ? { float } : null; // which text would not hold
  if (string !== undefined) return { string };
  return ints ?? (floats ? { floats } : null);
}
