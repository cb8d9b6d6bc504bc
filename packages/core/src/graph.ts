/** The model as affine values: what adapters build and read back. */
import type { Movement } from './movement/movement.ts';
import type { MovementStep } from './movement/steps.ts';
import type { Operator } from './operator.ts';
import type { Cost } from './plan/cost.ts';
import type { PlanState } from './plan/state.ts';
import type { ListReplayers } from './proof/replayer.ts';
import type { Refusal } from './refusal.ts';
import type { Size } from './size.ts';
import type { LazyArray } from './weight.ts';

/** Index into `Graph.values`. */
export type ValueId = number;

/** A linear operator (without bias) applied to a value. */
export interface Term {
  readonly operator: Operator;
  readonly value: ValueId;
}

/** `value = sum of operator(source) + bias`, channels on `axis` of the tensor. */
export interface Affine {
  /** Channel axis. On axis 1 the axes after it are spatial; on any other, all other axes are independent positions. */
  readonly axis: number;
  readonly terms: readonly Term[];
  readonly bias: LazyArray | null;
  /** Terms on ones that were zero within the graph's precision have been left out. */
  readonly rounded?: boolean | undefined;
}

export interface Moved {
  readonly source: ValueId;
  readonly movement: Movement;
  readonly price: Cost;
  /** Replays rewrites that this value takes part in. */
  readonly replay: ListReplayers;
  /** Not in the model: made where a form reads it, by these steps; by none, but as its definitions say, where there are none. */
  readonly steps?: readonly MovementStep[] | undefined;
}

/**
 * Another way to make a value: a moved value that it equals, whose source is not in the model, but made as that one's definitions say.
 */
export interface Twin {
  readonly value: ValueId;
  /** Makes it so where that is cheaper. */
  use(state: PlanState, value: ValueId): void;
}

export interface Value {
  readonly name: string;
  /** Every axis of the tensor, batch and channels included. */
  readonly shape: readonly Size[];
  /** One for each channel axis on which the value is affine. None: a source. */
  readonly definitions: readonly Affine[];
  /** Something that is no value of the graph reads it: the caller, a subgraph, an operator that is not modelled. */
  readonly kept: boolean;
  /** What its node reads beside the sources of its terms, for as long as it is not rewritten. */
  readonly reads?: readonly ValueId[] | undefined;
  /** May be inlined but not written anew: its node has other outputs, which stay. */
  readonly pinned?: boolean | undefined;
  /** What made it, for reports: "Relu", "graph input". */
  readonly origin: string;
  /** For a source that some linear operator might have made: why it is none. */
  readonly refusal?: Refusal | undefined;
  /** For a source that no linear operator makes: why nothing merges into it. */
  readonly barrier?: Refusal | undefined;
  /** For a value that is affine on an unexpected axis alone: why nothing on another axis merges with it. */
  readonly offAxis?: Refusal | undefined;
  /** A movement of another value, beside what its definitions say. Its node costs `price`; see `movement/moved-values.ts`. */
  readonly moved?: Moved | undefined;
  readonly twin?: Twin | undefined;
  /** One channel of ones (see `ones.ts`). */
  readonly isOnes?: boolean | undefined;
}

/** What a framework's operators can hold. */
export interface Dialect {
  /** The groups to write an operator with that has so many: a divisor of them. */
  groups(operator: Operator, groups: number): number;
  /** Whether a convolution can hold its own zero padding at this spatial input size; else a padding operator stands before it. */
  holdsPadding(operator: Operator, inputSize: readonly Size[]): boolean;
  /** Whether an operator of this kind also adds a value per channel, on a value of this rank. */
  holdsBias(kind: 'conv' | 'dense' | 'transposed' | 'scale', rank: number): boolean;
  /** Whether the channels of a value of this rank can be sliced. */
  slicesChannels(rank: number): boolean;
  /**
   * What each part of a concatenation of so many channels costs beside its product, the slice that it reads included, in multiply-adds at each
   * position. Nothing where absent.
   */
  partMacs?(channels: number): number;
  /** A factor and a shift per channel in one operator take as long as one after the other, so that joining them is no gain. */
  readonly affineLastsAsTwo?: true;
}

/** A term; `withOnes`, its operator reads one more channel behind those of the value, of ones. */
export interface WrittenTerm extends Term {
  readonly withOnes?: true;
}

/** Values in topological order: definitions only name earlier ones. */
export interface Graph {
  readonly values: readonly Value[];
  /** Where it is absent, operators hold whatever ONNX's do. */
  readonly dialect?: Dialect | undefined;
  /**
   * Takes the terms on ones of free size into others; null where some cannot be. `@reparam/core/repair` has one; without it, none can.
   */
  readonly appendOnes?: ((graph: Graph, affine: Affine) => readonly WrittenTerm[] | null) | undefined;
  /** Largest relative error of constants that the model itself computed. Default 2^-20, a few units of float32. */
  readonly precision?: number | undefined;
}

/** Sizes of the spatial axes that operators on channel axis `axis` act on. */
export function spatialSizes(shape: readonly Size[], axis: number): readonly Size[] {
  return axis === 1 ? shape.slice(2) : [];
}

export function definitionOn(definitions: readonly Affine[], axis: number): Affine | undefined {
  return definitions.find((definition) => definition.axis === axis);
}
