/** What is known of a body's inputs, and of what a node with bodies gives out. Sizes may change from one step of a loop to the next. */
import { type Size, sameSize } from '@reparam/core';
import { DataType } from '../elements/data-type.ts';
import type { OnnxNode } from '../proto/node.ts';
import type { KnownValue, Scope } from './scope.ts';

/** Element types of a body's inputs, in order; their shapes are only what the body itself declares. */
export function bodyInputTypes(node: OnnxNode, outer: Scope): readonly number[] {
  const types = node.inputs.map((name) => outer.elementType(name));
  if (node.opType === 'Loop') return [DataType.INT64, DataType.BOOL, ...types.slice(2)];
  if (node.opType === 'Scan') return outer.opset < 9 ? types.slice(1) : types; // before, the first were lengths
  return [];
}

/** What the node's outputs are, from those of its bodies. */
export function bodyOutputs(node: OnnxNode, bodies: readonly Scope[], outer: Scope): readonly KnownValue[] {
  const skipped = node.opType === 'Loop' ? 1 : 0; // the condition stays inside
  const isChoice = node.opType === 'If';
  if (!isChoice && node.opType !== 'Loop' && node.opType !== 'Scan') return [];
  return node.outputs.map((_, place) => {
    const values = bodies.map((body): KnownValue => {
      const name = body.graph.outputs[place + skipped]?.name ?? '';
      return { shape: isChoice ? body.shape(name) : null, type: body.elementType(name) };
    });
    return mergeValues(values, (sizes) => (isOne(sizes) ? sizes[0]! : outer.freshSize()));
  });
}

/** What is true of one value that is any of several; `merge` gives the size that stands for those found on one axis. */
export function mergeValues(values: readonly KnownValue[], merge: (sizes: readonly Size[]) => Size): KnownValue {
  const [first] = values;
  if (!first) return { shape: null, type: 0 };
  const type = values.every((value) => value.type === first.type) ? first.type : 0;
  const sameRank = values.every(({ shape }) => shape && shape.length === first.shape?.length);
  if (!sameRank) return { shape: null, type };
  return { shape: first.shape!.map((_, axis) => merge(values.map(({ shape }) => shape![axis]!))), type };
}

/** Whether all sizes are one and the same. */
export function isOne(sizes: readonly Size[]): boolean {
  return sizes.every((size) => sameSize(size, sizes[0]!));
}

/** Sizes as text, equal where the sizes are. */
export function sizesKey(sizes: readonly Size[]): string {
  return JSON.stringify(sizes);
}
