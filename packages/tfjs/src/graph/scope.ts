/** What is known of each name in a graph: its constant, shape and maker. */
import { type LazyArray, readArray, type Size, symbol } from '@reparam/core';
import { countOf, type WeightStore } from '../artifacts/weight-store.ts';
import type { Shape } from '../convert/model-view.ts';
import { type NodeDef, nodeOf } from './node-def.ts';
import type { Sizes } from './sizes.ts';

export interface Constant {
  readonly dims: readonly number[];
  readonly dtype: string;
  readonly values: LazyArray;
}

export interface GraphScope {
  readonly nodes: ReadonlyMap<string, NodeDef>;
  constant(value: string): Constant | undefined;
  /** The numbers of a short constant. */
  numbers(value: string | undefined): number[] | undefined;
  /** The elements of a scalar or vector of whole numbers, as far as they are known; null where none is. */
  sizes(value: string | undefined): Sizes | null;
  setSizes(value: string, sizes: Sizes | null): void;
  shape(value: string): Shape | null;
  setShape(value: string, shape: Shape | null): void;
  /** A size that equals no other. */
  freshSize(): Size;
}

const MOST_NUMBERS = 4096;

export function createScope(nodes: readonly NodeDef[], store: WeightStore): GraphScope {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const shapes = new Map<string, Shape>();
  const sizes = new Map<string, Sizes>();
  let symbols = 0;
  const constant = (value: string): Constant | undefined => {
    let node = byName.get(nodeOf(value));
    while (node?.op === 'Identity' && node.control.length === 0) node = byName.get(nodeOf(node.inputs[0] ?? ''));
    const weight = node?.op === 'Const' ? store.get(node.name) : undefined;
    if (!weight || weight.spec.dtype === 'string' || weight.spec.dtype === 'complex64') return undefined;
    return { dims: weight.spec.shape, dtype: weight.spec.dtype, values: weight.values };
  };
  const numbers = (value: string | undefined) => {
    const found = value === undefined ? undefined : constant(value);
    return found && countOf(found.dims) <= MOST_NUMBERS ? [...readArray(found.values)] : undefined;
  };
  return {
    nodes: byName,
    constant,
    numbers,
    sizes(value) {
      if (value === undefined) return null;
      const found = constant(value);
      if (!found) return sizes.get(value) ?? null;
      return found.dtype === 'int32' && found.dims.length < 2 ? (numbers(value) ?? null) : null;
    },
    setSizes(value, found) {
      if (found) sizes.set(value, found);
    },
    shape: (value) => constant(value)?.dims ?? shapes.get(value) ?? null,
    setShape(value, shape) {
      if (shape) shapes.set(value, shape);
    },
    freshSize: () => symbol(`?${symbols++}`),
  };
}
