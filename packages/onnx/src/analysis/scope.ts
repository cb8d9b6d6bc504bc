/** What is known of each name in a graph: its constant, shape, element type, maker and readers. */
import type { Size } from '@reparam/core';
import type { ComputedNodes } from '../load-evaluation.ts';
import type { OnnxGraph } from '../proto/graph.ts';
import type { OnnxModel } from '../proto/model.ts';
import { type OnnxNode, qualifiedName } from '../proto/node.ts';
import type { Constant } from './constant.ts';
import type { SizeProducts } from './products.ts';
import type { Shape } from './shape-rules.ts';
import type { SizeList } from './size-list.ts';

/** Before this IR version every initializer must be a graph input too, which a caller may override. */
export const FIRST_WITH_PLAIN_INITIALIZERS = 4;

/** A shape, null where unknown, and one of `DataType`, 0 where unknown. */
export interface KnownValue {
  readonly shape: Shape | null;
  readonly type: number;
}

/** One graph of a model: the main one, a body of control flow, or a function. */
export interface Scope {
  readonly model: OnnxModel;
  readonly graph: OnnxGraph;
  /** In topological order. */
  readonly nodes: readonly OnnxNode[];
  /** The graph's own node that makes a value. */
  readonly producers: ReadonlyMap<string, OnnxNode>;
  /** Version of the standard operators. */
  readonly opset: number;
  readonly outputs: ReadonlySet<string>;
  /** Initializers that are graph inputs too: defaults that a caller may override. */
  readonly overridable: ReadonlySet<string>;
  /** Bodies of the nodes, in order. */
  readonly bodies: readonly Body[];
  /** Values of the graphs around that its nodes, or the bodies in them, read; constants are none. */
  readonly captured: readonly string[];
  /** The node that makes a value, here or in a graph around. */
  maker(name: string): OnnxNode | undefined;
  constant(name: string): Constant | undefined;
  shape(name: string): Shape | null;
  /** One of `DataType`; 0 where unknown. */
  elementType(name: string): number;
  /**
   * The shape of a node's first input, which it only takes of this rank and with so many channels on axis 1; null where that contradicts
   * what is known, or where the node may never run.
   */
  refine(reader: OnnxNode, rank: number, channels: number): Shape | null;
  freshSize(): Size;
  /** Whole numbers that follow from sizes, at most one axis of them; undefined where the value is none. */
  sizeList(name: string): SizeList | undefined;
  readonly products: SizeProducts;
  /** Nodes that a runtime was asked to evaluate; undefined where there is none to ask. */
  readonly computed: ComputedNodes | undefined;
}

/** A graph that a node of another one runs, and the attribute that holds it. */
export interface Body {
  readonly node: OnnxNode;
  readonly role: string;
  readonly scope: Scope;
}

/** Operators whose bodies are known to be run as they stand. */
export const WITH_BODIES: ReadonlySet<string> = new Set(['If', 'Loop', 'Scan', 'SequenceMap']);

/** Whether it is a function's graph: its inputs are what each call gives, and it has no initializers. */
export function isFunction({ model, graph }: Scope): boolean {
  return [...model.functions.values()].some((definition) => definition.graph === graph);
}

/**
 * Whether a node is an operator of the ONNX standard, not one of a custom domain or a function of the model, and all of its attributes
 * are known. A file may name one as what every record has, such as `constructor`: tables of operators must not be asked for it.
 */
export function isStandard(model: OnnxModel, node: OnnxNode): boolean {
  const isNamed = node.domain === '' && !(node.opType in Object.prototype);
  return isNamed && !model.functions.has(qualifiedName(node)) && node.references.length === 0;
}
