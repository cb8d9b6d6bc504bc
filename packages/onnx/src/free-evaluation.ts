/** As `evaluation.ts`, and lifts what moves data of free size, too. */
export * from './evaluation.ts';
export { liftFree as liftTraced } from './lift/pieces.ts';
