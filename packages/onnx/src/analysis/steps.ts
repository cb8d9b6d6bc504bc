/** What the inputs of a loop's body are in every step, and what the loop gives out. */
import { type Size, sameSize } from '@reparam/core';
import { DataType } from '../elements/data-type.ts';
import type { OnnxNode } from '../proto/node.ts';
import { intAttribute, intsAttribute } from './attributes.ts';
import { isUnknown } from './declared-sizes.ts';
import type { KnownValue, Scope } from './scope.ts';
import type { Shape } from './shape-rules.ts';

/** A body, and what its inputs are in every step. */
export interface StepBody<Body extends Scope = Scope> {
  readonly scope: Body;
  readonly inputs: readonly KnownValue[];
}

/**
 * Reads a body by induction: its inputs are what they are in the first step, but for sizes that a step hands on otherwise than it got
 * them. What the body declares counts only where nothing else tells. `varying` has the inputs and axes that are known to vary, as `keyOf`
 * names them; those found are added.
 */
export function readSteps<Body extends Scope>(
  node: OnnxNode,
  outer: Scope,
  varying: Set<string>,
  read: (inputs: readonly KnownValue[]) => Body,
): StepBody<Body> {
  const first = firstInputs(node, outer);
  for (;;) {
    const inputs = first.map(({ shape, type }, place): KnownValue => {
      if (!shape || varying.has(keyOf(place))) return { shape: null, type };
      return { shape: shape.map((size, axis) => (varying.has(keyOf(place, axis)) ? outer.freshSize() : size)), type };
    });
    const scope = read(inputs);
    const before = varying.size;
    for (const [place, { shape }] of inputs.entries())
      if (shape) for (const key of findVarying(node, place, scope)) varying.add(key);
    if (varying.size === before) return { scope, inputs };
  }
}

function keyOf(place: number, axis?: number): string {
  return `${place}:${axis ?? ''}`;
}

/** What of an input is not handed on as it is. */
function findVarying(node: OnnxNode, place: number, scope: Scope): string[] {
  const input = scope.graph.inputs[place];
  const output = scope.graph.outputs[handedOn(node, place)];
  if (!input || !output) return [];
  const [now, next] = [scope.shape(input.name)!, scope.shape(output.name)];
  if (next && next.length !== now.length) return [keyOf(place)];
  const lasts = (size: Size, axis: number) => {
    const handed = next?.[axis];
    if (handed === undefined || (typeof handed === 'object' && isUnknown(handed) && !sameSize(size, handed)))
      return size === input.dims?.[axis];
    return sameSize(size, handed);
  };
  return now.flatMap((size, axis) => (lasts(size, axis) ? [] : [keyOf(place, axis)]));
}

/** The place of the body's output that is an input of the next step; none where it is no carried value. */
function handedOn(node: OnnxNode, place: number): number {
  if (node.opType === 'Loop') return place - 1; // the step comes first
  return node.opType === 'Scan' && place < countStates(node) ? place : Number.NaN;
}

/** What a loop gives out: values as the last step leaves them, then what it collects of each step. */
export function stepOutputs(node: OnnxNode, body: StepBody, outer: Scope): readonly KnownValue[] {
  const isLoop = node.opType === 'Loop';
  const states = isLoop ? node.inputs.length - 2 : countStates(node);
  return node.outputs.map((_, place) => {
    const { shape, type } = resultOf(body.scope, isLoop ? place + 1 : place); // the condition stays inside
    if (place < states) return { shape: lastShape(node, isLoop ? place + 2 : place, body, outer), type };
    return { shape: shape && collectedShape(node, place - states, shape, outer), type };
  });
}

/** What is known of an output of a graph. */
export function resultOf(scope: Scope, place: number): KnownValue {
  const name = scope.graph.outputs[place]?.name ?? '';
  return { shape: scope.shape(name), type: scope.elementType(name) };
}

/** A size that varies is not the one that the body sees in every step. */
function lastShape(node: OnnxNode, input: number, { inputs }: StepBody, outer: Scope): Shape | null {
  const begins = outer.shape(node.inputs[input] ?? '');
  const lasts = (size: Size, axis: number) => begins !== null && sameSize(begins[axis]!, size);
  return inputs[input]?.shape?.map((size, axis) => (lasts(size, axis) ? size : outer.freshSize())) ?? null;
}

/** A size that is no number may be another in each step. */
function collectedShape(node: OnnxNode, place: number, shape: Shape, outer: Scope): Shape | null {
  const element = shape.map((size) => (typeof size === 'number' ? size : outer.freshSize()));
  if (node.opType === 'Loop') return [outer.freshSize(), ...element];
  if (outer.opset < 9) return null; // of a batch of sequences
  const scanned = outer.shape(node.inputs[countStates(node)] ?? '');
  const steps = scanned?.at(intsAttribute(node, 'scan_input_axes')?.[0] ?? 0) ?? outer.freshSize();
  const axis = intsAttribute(node, 'scan_output_axes')?.[place] ?? 0;
  return element.toSpliced(axis < 0 ? shape.length + 1 + axis : axis, 0, steps);
}

/** How many values a Scan hands on from step to step. */
function countStates(node: OnnxNode): number {
  return node.inputs.length - intAttribute(node, 'num_scan_inputs', 0);
}

/** What a body's inputs are in the first step, in order. */
function firstInputs(node: OnnxNode, outer: Scope): readonly KnownValue[] {
  const given = node.inputs.map((name) => ({ shape: outer.shape(name), type: outer.elementType(name) }));
  if (node.opType === 'Loop')
    return [{ shape: [], type: DataType.INT64 }, { shape: [], type: DataType.BOOL }, ...given.slice(2)];
  if (node.opType !== 'Scan') return [];
  if (outer.opset < 9) return given.slice(1).map(({ type }) => ({ shape: null, type })); // a batch, behind its lengths
  const states = countStates(node);
  const axes = intsAttribute(node, 'scan_input_axes');
  return given.map(({ shape, type }, place) =>
    place < states || !shape ? { shape, type } : { shape: shape.toSpliced(axes?.[place - states] ?? 0, 1), type },
  );
}
