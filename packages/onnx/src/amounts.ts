/** Multiply-adds, parameters and operators of nodes and models. */
import { type Size, sizeAt } from '@reparam/core';
import { intAttribute, intsAttribute } from './analysis/attributes.ts';
import { countOf, isFloat } from './analysis/constant.ts';
import type { Scope } from './analysis/scope.ts';
import type { OnnxNode } from './proto/node.ts';
import type { Amount } from './report.ts';

/** Sizes that symbols stand for when amounts are counted. */
export interface AssumedSizes {
  readonly [symbol: string]: number;
}

/** One sample, and images of 224 pixels a side: what symbols of the graph's inputs stand for. */
export function assumeSizes(scope: Scope): AssumedSizes {
  const assumed: Record<string, number> = {};
  for (const { name } of scope.graph.inputs) {
    scope.shape(name)?.forEach((size, axis) => {
      if (typeof size !== 'number') assumed[size.symbol] ??= axis === 0 ? 1 : 224;
    });
  }
  return assumed;
}

/** Number of elements; null where a size is unknown. */
export function elementCount(shape: readonly Size[] | null, assumed: AssumedSizes): number | null {
  let count: number | null = shape === null ? null : 1;
  for (const size of shape ?? []) {
    const known: number | undefined = typeof size === 'number' ? size : assumed[size.symbol];
    count = count === null || known === undefined ? null : count * Math.max(0, sizeAt(size, known));
  }
  return count;
}

/** Elementwise operators count one for each element they write. */
const ELEMENTWISE: ReadonlySet<string> = new Set(['Add', 'Sub', 'Mul', 'Div', 'BatchNormalization', 'Neg']);

/** Multiply-adds of one node; 0 for operators that do not count, null where a shape is unknown. */
function nodeMacs(node: OnnxNode, scope: Scope, assumed: AssumedSizes): number | null {
  const outputs = () => elementCount(scope.shape(node.outputs[0]!), assumed);
  const times = (count: number | null, factor: number | null) =>
    count === null || factor === null ? null : count * factor;
  const weight = scope.shape(node.inputs[1] ?? '');
  switch (node.opType) {
    case 'Conv':
      return times(outputs(), weight && elementCount(weight.slice(1), assumed));
    case 'ConvTranspose':
      return times(
        elementCount(scope.shape(node.inputs[0]!), assumed),
        weight && elementCount(weight.slice(1), assumed),
      );
    case 'MatMul':
      return times(outputs(), elementCount(scope.shape(node.inputs[0]!)?.slice(-1) ?? null, assumed));
    case 'Gemm': {
      const inner = intAttribute(node, 'transB', 0) === 1 ? weight?.slice(1) : weight?.slice(0, 1);
      return times(outputs(), elementCount(inner ?? null, assumed));
    }
    case 'AveragePool':
      return times(outputs(), countOf(intsAttribute(node, 'kernel_shape') ?? []));
    default:
      return ELEMENTWISE.has(node.opType) ? outputs() : 0;
  }
}

/** What some nodes of one graph amount to, and the float constants they read, by name. */
export interface Measured {
  readonly macs: number | null;
  readonly operators: number;
  readonly constants: ReadonlyMap<string, number>;
}

/** Inside of bodies and functions, elementwise operators on values of unknown shape do not count. */
export function measureNodes(nodes: Iterable<OnnxNode>, scope: Scope, assumed: AssumedSizes): Measured {
  const isInner = scope.graph !== scope.model.graph;
  let macs: number | null = 0;
  let operators = 0;
  const constants = new Map<string, number>();
  for (const node of nodes) {
    if (node.outputs.every((name) => scope.constant(name))) continue; // makes a constant before the model runs
    operators++;
    const own = nodeMacs(node, scope, assumed) ?? (isInner && ELEMENTWISE.has(node.opType) ? 0 : null);
    macs = macs === null || own === null ? null : macs + own;
    for (const name of node.inputs) {
      const constant = scope.constant(name);
      if (constant && isFloat(constant.dataType)) constants.set(name, constant.values.length);
    }
  }
  return { macs, operators, constants };
}

/** Amount of the given nodes and of the float constants they read, each constant counted once. */
export function amountOf(nodes: Iterable<OnnxNode>, scope: Scope, assumed: AssumedSizes): Amount {
  const { macs, operators, constants } = measureNodes(nodes, scope, assumed);
  return { macs, parameters: sumOf(constants.values()), operators };
}

export function sumOf(counts: Iterable<number>): number {
  return [...counts].reduce((sum, count) => sum + count, 0);
}

export function addMacs(sum: number | null, macs: number | null, runs: number): number | null {
  return sum === null || macs === null ? null : sum + runs * macs;
}

/** The sum with an amount that is run so many times. */
export function addAmount(sum: Amount, { macs, parameters, operators }: Amount, runs: number): Amount {
  return {
    macs: addMacs(sum.macs, macs, runs),
    parameters: sum.parameters + parameters,
    operators: sum.operators + operators,
  };
}
