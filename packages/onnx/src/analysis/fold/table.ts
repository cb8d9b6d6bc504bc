/** What evaluators of constant operators are given and what they answer. */
import type { OnnxNode } from '../../proto/node.ts';
import { type Constant, countOf, isFloat } from '../constant.ts';

export type Inputs = readonly (Constant | undefined)[];

/** The first output, or a list of all; undefined where it cannot be told. */
export type Fold = (node: OnnxNode, inputs: Inputs, opset: number) => Constant | readonly Constant[] | undefined;

export type Folds = Readonly<Record<string, Fold>>;

/** A node's outputs, where they can be told from constant inputs; otherwise none. */
export type FoldNode = (node: OnnxNode, inputs: Inputs, opset: number) => readonly Constant[];

/** Evaluates the operators of a table. */
export function folder(folds: Folds): FoldNode {
  return (node, inputs, opset) => {
    const folded = folds[node.opType]?.(node, inputs, opset);
    if (!folded) return [];
    return 'dims' in folded ? [folded] : folded;
  };
}

/** Larger tensors are not made of nothing; the runtime keeps them. */
export const LARGEST_FILL: number = 2 ** 26;

export function withDims(constant: Constant, dims: readonly number[] | undefined): Constant | undefined {
  return dims && countOf(dims) === constant.values.length ? { ...constant, dims } : undefined;
}

/** A function that rounds as the element type does: whole numbers stay whole. */
export function wholeIf(dataType: number, operate: (a: number, b: number) => number): typeof operate {
  return isFloat(dataType) ? operate : (a, b) => Math.trunc(operate(a, b));
}

/** The inputs, where all of them are constant. */
export function allOf(inputs: Inputs): readonly Constant[] | undefined {
  const present = inputs.filter((input) => input !== undefined);
  return present.length === inputs.length && present.length > 0 ? present : undefined;
}
