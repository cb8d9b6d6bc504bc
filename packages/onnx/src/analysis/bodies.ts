/** What is known of a body's inputs, and of what a node with bodies gives out. Sizes may change from one step of a loop to the next. */
import { type Size, sameSize } from '@reparam/core';
import { DataType } from '../elements/data-type.ts';
import type { OnnxNode } from '../proto/node.ts';
import { intAttribute, intsAttribute } from './attributes.ts';
import { isUnknown } from './declared-sizes.ts';
import type { KnownValue, Scope } from './scope.ts';
import type { Shape } from './shape-rules.ts';

/** What is known of a body's inputs, in order: of their sizes what it declares, but what contradicts the values that they begin with. */
export function bodyInputs(node: OnnxNode, declared: readonly (Shape | null)[], outer: Scope): readonly KnownValue[] {
  return firstInputs(node, outer).map(({ shape, type }, place) => ({
    shape: believe(declared[place] ?? null, shape, () => outer.freshSize()),
    type,
  }));
}

/** What a body's inputs are in the first step. */
function firstInputs(node: OnnxNode, outer: Scope): readonly KnownValue[] {
  const given = node.inputs.map((name) => ({ shape: outer.shape(name), type: outer.elementType(name) }));
  if (node.opType === 'Loop')
    return [{ shape: [], type: DataType.INT64 }, { shape: [], type: DataType.BOOL }, ...given.slice(2)];
  if (node.opType !== 'Scan') return [];
  if (outer.opset < 9) return given.slice(1).map(({ type }) => ({ shape: null, type })); // a batch, behind its lengths
  const states = given.length - intAttribute(node, 'num_scan_inputs', 0);
  const axes = intsAttribute(node, 'scan_input_axes');
  return given.map(({ shape, type }, place) => {
    if (place < states || !shape) return { shape, type };
    const axis = axes?.[place - states] ?? 0;
    return { shape: shape.toSpliced(axis, 1), type };
  });
}

/** A size that begins as one of the caller's may be any that the caller takes, whatever the body declares. */
function believe(declared: Shape | null, first: Shape | null, freshSize: () => Size): Shape | null {
  if (!declared || !first) return declared;
  if (declared.length !== first.length) return first.map(freshSize);
  return declared.map((size, axis) => {
    const begins = first[axis]!;
    if (typeof size !== 'number' || begins === size || (typeof begins === 'object' && isUnknown(begins))) return size;
    return freshSize();
  });
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
