/** What the inputs of a body are in every step of a loop. */
import { type Size, sameSize } from '@reparam/core';
import { DataType } from '../elements/data-type.ts';
import type { OnnxNode } from '../proto/node.ts';
import { intAttribute, intsAttribute } from './attributes.ts';
import { isUnknown } from './declared-sizes.ts';
import type { KnownValue, Scope } from './scope.ts';

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

/** How many values a Scan hands on from step to step. */
export function countStates(node: OnnxNode): number {
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
