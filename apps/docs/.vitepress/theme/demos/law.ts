/** What a live demo of a law is made of: tensors to edit, and both sides of the law computed from them. */
import type { Refusal, Sample } from '@reparam/core';

/** A tensor that the reader edits, channel by channel as grids of numbers. */
export interface Field {
  /** Key of its values. */
  readonly name: string;
  /** What the page calls it. */
  readonly label: string;
  /** Rows and columns of each grid. */
  readonly rows: number;
  readonly columns: number;
  /** One title for each grid; one grid without a title if left out. */
  readonly titles?: readonly string[];
  /** All grids, row-major. */
  readonly initial: readonly number[];
  /** Variances must be. */
  readonly positive?: boolean;
}

/** A setting with a few values. */
export interface Choice {
  readonly name: string;
  readonly label: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly initial: string;
}

/** One side of a law. */
export interface Side {
  /** How it is computed, in words or symbols. */
  readonly caption: string;
  readonly output: Sample;
}

/** A tensor that is shown, as grids. */
export interface Shown {
  readonly label: string;
  readonly grids: readonly Grid[];
}

export interface Grid {
  readonly title?: string;
  readonly columns: number;
  readonly values: readonly number[];
}

export interface Solution {
  /** As the network was trained. */
  readonly left: Side;
  /** As one operator, or as the formula that would be wrong. */
  readonly right: Side;
  /** Tensors of the right side, computed from those of the left. */
  readonly merged: readonly Shown[];
  /** Why the two are not one operator for every input. */
  readonly refusal?: Refusal | null;
}

export type Tensors = Readonly<Record<string, readonly number[]>>;
export type Choices = Readonly<Record<string, string>>;

export interface Law {
  readonly fields: readonly Field[];
  readonly choices?: readonly Choice[];
  readonly solve: (tensors: Tensors, choices: Choices) => Solution;
}
