/** Evaluation of operators on constants: how weights that are computed in the graph are known. In float64; integers stay whole. */
import { arithmetic } from './arithmetic.ts';
import { heldFolder } from './held.ts';
import { makers } from './make.ts';
import { moves } from './move.ts';
import { normalizations } from './normalize.ts';
import { products } from './products.ts';
import { reductions } from './reduce.ts';
import { reshapes } from './reshape.ts';
import type { FoldNode } from './table.ts';

export const foldNode: FoldNode = heldFolder({
  ...makers,
  ...arithmetic,
  ...reshapes,
  ...moves,
  ...reductions,
  ...products,
  ...normalizations,
});
