/** Where a graph stands as it is read: what is around it, and what all graphs of its model share. */
import type { SymbolicSize } from '@reparam/core';
import type { Evaluation } from '../load-evaluation.ts';
import type { OnnxFunction } from '../proto/function.ts';
import type { OnnxGraph } from '../proto/graph.ts';
import type { OnnxNode } from '../proto/node.ts';
import type { ExpectedValues } from './expected-values.ts';
import type { GraphScope } from './graph-scope.ts';
import type { SizeProducts } from './products.ts';
import type { KnownValue, Scope } from './scope.ts';

/** What all graphs of a model share. */
export interface Shared {
  readonly freshSize: () => SymbolicSize;
  /** Undefined where nothing is loaded that would use it. */
  readonly products: SizeProducts | undefined;
  readonly evaluation: Evaluation;
  readonly expected: ExpectedValues;
  /** Reads bodies and functions; undefined where the model has none. */
  readonly inner: InnerReader | undefined;
}

/** Reads graphs inside of others. */
export interface InnerReader {
  /** What a node with bodies gives out, or a call of a function; undefined for any other node. */
  infer(node: OnnxNode, scope: GraphScope): readonly KnownValue[] | undefined;
  /** Functions that are called, as they are for all of their calls. */
  functions(): ReadonlyMap<OnnxFunction, Scope>;
}

/** Where a graph stands. */
export interface Setting {
  readonly graph: OnnxGraph;
  readonly opset: number;
  /** The graph around a body. */
  readonly outer: Scope | null;
  readonly shared: Shared;
}
