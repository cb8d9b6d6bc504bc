/**
 * Where the elements of a value come from, behind operators that only move data: from which element of one source, or from no element
 * of it but a constant. Found by probing: the chain is evaluated twice, on two inputs without a number in common; an output element that
 * differs between the two is the input element it shows, one that does not differ is a constant.
 */
import { derivedArray, isReady, type LazyArray, readArray, type Values } from '@reparam/core';
import type { OnnxNode } from '../proto/node.ts';
import { stringAttribute } from './attributes.ts';
import { type Constant, countOf } from './constant.ts';
import { foldNode } from './fold/fold.ts';
import { MOVERS, REARRANGERS } from './operator-kinds.ts';
import { isStandard, type Scope } from './scope.ts';

export interface Trace {
  /** The value that the elements come from. */
  readonly source: string;
  readonly sourceDims: Dims;
  readonly dims: Dims;
  /** For each element, its place in the source; -1 for a constant. */
  readonly places: Int32Array;
  /** For each element, its value if it is a constant. */
  readonly constants: Values;
}

/** Larger maps are not traced. */
const LARGEST = 2 ** 22;

/** Nodes on the way that are looked at. */
const LONGEST = 64;

type Dims = readonly number[];

/**
 * The trace of a node's output; null where it has several sources, is computed, or has a size that is not fixed, or where `isWanted` says
 * no of the source's dims and its own.
 */
export function traceOutput(
  node: OnnxNode,
  place: number,
  scope: Scope,
  isWanted: (source: Dims, dims: Dims) => boolean,
): Trace | null {
  const name = node.outputs[place]!;
  const declared = fixedDims(scope, name);
  const chain = declared && findChain(node, scope);
  if (!chain) return null;
  const { source, nodes } = chain;
  if (nodes.every(({ opType }) => REARRANGERS.has(opType))) return null; // known as movements
  const sourceDims = fixedDims(scope, source);
  if (!sourceDims || countOf(sourceDims) === 0 || countOf(sourceDims) > LARGEST) return null;
  if (!isWanted(sourceDims, declared)) return null;
  const probe = (sign: number) => {
    const input = { dims: sourceDims, dataType: scope.elementType(source), values: countingArray(sourceDims, sign) };
    return evaluateChain(nodes, scope, source, input)?.get(name);
  };
  const first = probe(1);
  const second = first && isReady(first.values) ? probe(-1) : undefined;
  if (!first || !second) return null;
  const [shown, other] = [readArray(first.values), readArray(second.values)];
  const places = new Int32Array(shown.length);
  for (let index = 0; index < places.length; index++)
    places[index] = Object.is(shown[index], other[index]) ? -1 : shown[index]! - 1;
  return { source, sourceDims, dims: first.dims, places, constants: shown };
}

/** 1, 2, 3, ... times the sign: made where it is read, which most chains of large maps never are. */
function countingArray(dims: Dims, sign: number): LazyArray {
  const count = countOf(dims);
  return derivedArray(count, [], () => new Float64Array(count).map((_, index) => sign * (index + 1)), 0);
}

/** Movers behind a node, in order, and the one value that none of them makes. */
function findChain(node: OnnxNode, scope: Scope): { source: string; nodes: readonly OnnxNode[] } | null {
  const nodes: OnnxNode[] = [];
  const sources = new Set<string>();
  const seen = new Set<OnnxNode>();
  const visit = (current: OnnxNode): void => {
    if (seen.has(current) || nodes.length > LONGEST) return;
    seen.add(current);
    for (const name of current.inputs) {
      if (name === '' || scope.constant(name)) continue;
      const maker = scope.producers.get(name);
      if (maker && isMover(maker, scope)) visit(maker);
      else sources.add(name);
    }
    nodes.push(current);
  };
  if (!isMover(node, scope)) return null;
  visit(node);
  const [source] = sources;
  return source !== undefined && sources.size === 1 && nodes.length <= LONGEST ? { source, nodes } : null;
}

function isMover(node: OnnxNode, scope: Scope): boolean {
  const fixed = node.outputs.every((name) => name === '' || fixedDims(scope, name) !== null);
  const computes = stringAttribute(node, 'reduction', 'none') !== 'none'; // of a ScatterND
  return fixed && !computes && MOVERS.has(node.opType) && isStandard(scope.model, node);
}

function fixedDims(scope: Scope, name: string): Dims | null {
  const shape = scope.shape(name);
  return shape?.every((size) => typeof size === 'number') ? shape : null;
}

function evaluateChain(
  nodes: readonly OnnxNode[],
  scope: Scope,
  source: string,
  input: Constant,
): ReadonlyMap<string, Constant> | null {
  const known = new Map<string, Constant>([[source, input]]);
  for (const node of nodes) {
    const inputs = node.inputs.map((name) => known.get(name) ?? scope.constant(name));
    const outputs = foldNode(node, inputs, scope.opset);
    if (outputs.length === 0) return null;
    for (const [place, output] of outputs.entries()) known.set(node.outputs[place] ?? '', output);
  }
  return known;
}
