/** What is loaded only for models that need it: evaluation of constants and sizes, and what is known of operators that pool or only move data. */
import type { Lift } from './lift/context.ts';
import { moves } from './lift/move.ts';
import { liftAveragePool } from './lift/pool.ts';

export { foldNode } from './analysis/fold/fold.ts';
export { movedShapes as shapeRules } from './analysis/moved-shapes.ts';
export { openProducts } from './analysis/products.ts';
export { foldSizes } from './analysis/size-lists.ts';
export { writeMovement } from './emit/movement.ts';
export * as inner from './inner.ts';
export { followMoves } from './lift/moved.ts';
export { liftTraced } from './lift/traced.ts';

export const lifts: Readonly<Record<string, Lift>> = { ...moves, AveragePool: liftAveragePool };
