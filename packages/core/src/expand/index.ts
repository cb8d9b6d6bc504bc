/** The way back: one convolution into a trainable block of branches that is equal to it. */
export type { BlockKind } from './block-kinds.ts';
export type { ConvWeights } from './conv-weights.ts';
export { type ExpandOptions, expand, explainExpand } from './expand.ts';
export { type InsertNormOptions, insertNorm } from './insert-norm.ts';
export {
  blockOperator,
  layerOperator,
  type NormWeights,
  type TrainBlock,
  type TrainBranch,
  type TrainLayer,
} from './train-block.ts';
