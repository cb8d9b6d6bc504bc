/** Evaluation of operators on constants: how weights that are computed in the graph are known. In float64; integers stay whole. */
import type { OnnxNode } from '../../proto/node.ts';
import type { Constant } from '../constant.ts';
import { arithmetic } from './arithmetic.ts';
import { makers } from './make.ts';
import { moves } from './move.ts';
import { products } from './products.ts';
import { reductions } from './reduce.ts';
import { reshapes } from './reshape.ts';
import type { Folds, Inputs } from './table.ts';

const folds: Folds = { ...makers, ...arithmetic, ...reshapes, ...moves, ...reductions, ...products };

/** The node's outputs, where they can be told from constant inputs; otherwise none. */
export function foldNode(node: OnnxNode, inputs: Inputs, opset: number): readonly Constant[] {
  const folded = folds[node.opType]?.(node, inputs, opset);
  if (!folded) return [];
  return 'dims' in folded ? [folded] : folded;
}
