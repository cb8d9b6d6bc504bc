/** What is loaded only for models that need it: evaluation of constant operators, and lifts found by evaluation. */
export { foldNode } from './analysis/fold/fold.ts';
export { liftTraced } from './lift/traced.ts';
