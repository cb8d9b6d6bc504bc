/** What is known of values that are any of several: what a choice gives out, or what the calls of a function have in common. */
import { type Size, sameSize } from '@reparam/core';
import type { OnnxNode } from '../proto/node.ts';
import type { KnownValue, Scope } from './scope.ts';
import { resultOf, type StepBody, stepOutputs } from './steps.ts';

/** What the node's outputs are, from those of its bodies. */
export function bodyOutputs(node: OnnxNode, bodies: readonly StepBody[], outer: Scope): readonly KnownValue[] {
  if (node.opType === 'Loop' || node.opType === 'Scan') return bodies[0] ? stepOutputs(node, bodies[0], outer) : [];
  if (node.opType !== 'If') return [];
  return node.outputs.map((_, place) => {
    const values = bodies.map(({ scope }) => resultOf(scope, place));
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
