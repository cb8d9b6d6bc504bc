/** What is known of what a node with bodies gives out. */
import { type Size, sameSize } from '@reparam/core';
import type { OnnxNode } from '../proto/node.ts';
import { intsAttribute } from './attributes.ts';
import type { KnownValue, Scope } from './scope.ts';
import type { Shape } from './shape-rules.ts';
import { countStates, type StepBody } from './steps.ts';

/** What the node's outputs are, from those of its bodies. */
export function bodyOutputs(node: OnnxNode, bodies: readonly StepBody[], outer: Scope): readonly KnownValue[] {
  const freshSize = () => outer.freshSize();
  const resultOf = ({ scope }: StepBody, output: number): KnownValue => {
    const name = scope.graph.outputs[output]?.name ?? '';
    return { shape: scope.shape(name), type: scope.elementType(name) };
  };
  const [body] = bodies;
  if (node.opType === 'If')
    return node.outputs.map((_, place) =>
      mergeValues(
        bodies.map((branch) => resultOf(branch, place)),
        (sizes) => (isOne(sizes) ? sizes[0]! : freshSize()),
      ),
    );
  if (!body || (node.opType !== 'Loop' && node.opType !== 'Scan')) return [];
  const [skipped, states] = node.opType === 'Loop' ? [1, node.inputs.length - 2] : [0, countStates(node)]; // the condition stays inside
  return node.outputs.map((_, place) => {
    const { shape, type } = resultOf(body, place + skipped);
    if (place < states) {
      const known = body.inputs[place + 2 * skipped]?.shape ?? null;
      const begins = outer.shape(node.inputs[place + 2 * skipped] ?? '');
      const last = known?.map((size, axis) => (begins && sameSize(begins[axis]!, size) ? size : freshSize())) ?? null; // that of the last step alone
      return { shape: last, type };
    }
    if (!shape || (node.opType === 'Scan' && outer.opset < 9)) return { shape: null, type };
    const element = shape.map((size) => (typeof size === 'number' ? size : freshSize())); // another in each step, it may be
    return { shape: gathered(node, place - states, element, outer), type };
  });
}

/** The shape of what the steps give, one element each. */
function gathered(node: OnnxNode, place: number, element: Shape, outer: Scope): Shape {
  if (node.opType === 'Loop') return [outer.freshSize(), ...element];
  const axis = intsAttribute(node, 'scan_output_axes')?.[place] ?? 0;
  const scanned = outer.shape(node.inputs[countStates(node)] ?? '');
  const steps = scanned?.at(intsAttribute(node, 'scan_input_axes')?.[0] ?? 0) ?? outer.freshSize();
  return element.toSpliced(axis < 0 ? element.length + 1 + axis : axis, 0, steps);
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
