/** The algebra of structural re-parameterization. */
export { add, explainAdd } from './algebra/add.ts';
export { type ComposeOptions, compose, explainCompose } from './algebra/compose.ts';
export { concat } from './algebra/concat.ts';
export { simplify } from './algebra/simplify.ts';
export { withoutCropping } from './algebra/uncrop.ts';
export { type Axis, outputSize, pointAxis, span } from './axis.ts';
export { type RepBlockOptions, type RepBlockWeights, type RepBranch, repBlock } from './blocks/rep-block.ts';
export * from './errors.ts';
export { evaluate, type Sample } from './evaluate.ts';
export {
  type Affine,
  type Dialect,
  definitionOn,
  type Graph,
  type Moved,
  type Term,
  type Twin,
  type Value,
  type ValueId,
} from './graph.ts';
export { groupedWeights, largestGroups } from './layout.ts';
export { averagePool } from './lift/average-pool.ts';
export { type BatchNormDescriptor, batchNorm } from './lift/batch-norm.ts';
export { type ConvDescriptor, conv, convOf } from './lift/conv.ts';
export { embed } from './lift/embed.ts';
export { identity } from './lift/identity.ts';
export { pad } from './lift/pad.ts';
export { scale } from './lift/scale.ts';
export { gather, select } from './lift/select.ts';
export { convTransposeOf, swapChannels, transposedOf } from './lift/transposed.ts';
export type { MovementStep } from './movement/steps.ts';
export { biasColumn, findOnes, isOnes, listOnes } from './ones.ts';
export { diagonal, dropZero, isIdentity, isPointwise, type Operator, tapCount, weightCount } from './operator.ts';
export type { Cost } from './plan/cost.ts';
export { type Plan, type PlanOptions, planGraph, type Rewrite } from './plan/plan.ts';
export type { Lowering, Ref, Step } from './plan/step.ts';
export { type Proof, type ProofOptions, proofTolerance, proveRewrite, roundedTolerance } from './proof/prove.ts';
export { seededRandom } from './random.ts';
export { isRefusal, type Refusal, type RefusalReason, refuse } from './refusal.ts';
export type { Scratch } from './scratch.ts';
export { floorDivide, formatSize, type Size, type SymbolicSize, sameShape, sameSize, sizeAt, symbol } from './size.ts';
export { isDiagonal } from './support.ts';
export { type PlainConv, toConv } from './to-conv.ts';
export {
  arrayOf,
  constantArray,
  derivedArray,
  isReady,
  type LazyArray,
  type Memo,
  readArray,
  sourceArray,
  type Values,
  type WeightSource,
} from './weight.ts';
