/** A Layers model, a model nested in one, or a Graph model, as the conversion sees it. */
import type { Dialect, Memo, MovementStep, Ref, Size, Step } from '@reparam/core';
import type { Movement } from '@reparam/core/movement';
import type { EncodedWeight } from '../artifacts/encode-weight.ts';
import type { Lifted } from './lifted.ts';

/** Sizes of every axis, batch first, in the tensor's own order. */
export type Shape = readonly Size[];

/**
 * An operator. A layer or node that does two things is two nodes with one `owner`: a convolution with an activation, a separable
 * convolution.
 */
export interface ModelNode {
  readonly index: number;
  /** Name and kind of the layer or node, for reports and options. */
  readonly name: string;
  readonly opType: string;
  /** Names of values. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Values that it does not read, but that must have been computed. */
  readonly awaits: readonly string[];
  /** The layer call or NodeDef it is a part of. */
  readonly owner: number;
  /** Counted and reported with the owner's first part. */
  readonly isLaterPart: boolean;
}

/** A new layer or node. */
export interface NewPart {
  readonly name: string;
  readonly opType: string;
  readonly inputs: readonly string[];
  /** The value it makes. */
  readonly output: string;
  /** Keras configuration, or attributes. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly weights: readonly EncodedWeight[];
  /** Multiply-adds for each element it writes. */
  readonly macsPerElement: number;
  /** Shape of what it writes. */
  readonly shape: Shape;
}

/** A non-linear operator that the operator before it can hold. */
export interface Activation {
  /** The nodes that compute it, the last of which has the result. */
  readonly nodes: readonly ModelNode[];
  /** As the framework names it. */
  readonly activation: unknown;
}

/** What one rewrite is written as. */
export interface WrittenParts {
  readonly parts: readonly NewPart[];
  /** Nodes that the parts stand for beside those that the plan replaces. */
  readonly absorbed: readonly ModelNode[];
  readonly rounding: number;
}

/** Writes a step of a movement of `input`, the result of which has this shape; returns the name of its value. */
export type WriteMovement = (step: MovementStep, input: string, shape: Shape) => string;

/** What is to be written. */
export interface WriteRequest {
  /** Name of the value; of one that is not in the model, of that in the model which it is made in front of. */
  readonly name: string;
  /** Whether it is not in the model: it gets a free name, and holds no activation. */
  readonly isInFront: boolean;
  /** Whether the plan reads it where the model did not: it holds no activation either. */
  readonly isShared: boolean;
  readonly steps: readonly Step[];
  /** The name under which a value is read. What is not in the model is made by `move`. */
  nameOf(value: number, move: WriteMovement): string;
  /** Tells that what was made under some name has got another. */
  rename(value: number, name: string): void;
  /** Shape of a value, channels on axis 1. */
  shapeOf(value: number): Shape;
  readonly memo: Memo;
  /** The step that makes the value, or the value it repeats. */
  readonly result: Ref;
  /** Whether options say that a node stays. */
  isLeftAlone(node: ModelNode): boolean;
}

export interface ModelView {
  readonly nodes: readonly ModelNode[];
  readonly producers: ReadonlyMap<string, ModelNode>;
  /** Names of the values given by the caller. */
  readonly inputs: readonly string[];
  readonly outputs: ReadonlySet<string>;
  readonly dialect: Dialect;
  /** Whether a constant that differs from position to position can be added. */
  readonly holdsMaps: boolean;
  /** null where even the rank is not known. */
  shape(name: string): Shape | null;
  /** Shape with channels on axis 1. */
  viewShape(shape: Shape): Shape;
  lift(node: ModelNode): Lifted;
  /** What the node does to the axes of its first input, in the tensor's own order, after what was done before; null where it is no movement. */
  move(node: ModelNode): ((before: Movement) => Movement | null) | null;
  /** Whether a step of a movement of a value of this shape can be written; both in the tensor's own order. */
  holdsMovement(step: MovementStep, from: Shape): boolean;
  /** Whether a node has to stay, since nothing in its place could have the name under which the caller knows its output. */
  isBound(node: ModelNode): boolean;
  /** Multiply-adds for each element of the output. */
  macsPerElement(node: ModelNode): number;
  /** Weights that the node's owner reads, with their number of elements. */
  weightsOf(node: ModelNode): ReadonlyMap<string, number>;
  write(request: WriteRequest): WrittenParts;
  /** Parts of one layer, in order, as layers of their own, where the rest of it is replaced. */
  separate(nodes: readonly ModelNode[]): NewPart[];
}

/** What becomes of a view. */
export interface ViewEdits {
  readonly removed: ReadonlySet<ModelNode>;
  /** New parts, before the node that they stand for. */
  readonly inserted: readonly { readonly before: ModelNode; readonly part: NewPart }[];
  /** Values read under another name. */
  readonly aliases: ReadonlyMap<string, string>;
}
