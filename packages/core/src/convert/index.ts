/** What adapters share beside the algebra: options, reports, and carrying a plan out. */

export { evaluatedSize } from '../channel-evaluator.ts';
export { BFLOAT16, decodeBfloat16, decodeFloat16, encodeSmallFloats, FLOAT16 } from '../elements/small-float.ts';
export { explainPlan, type Unfused } from '../plan/explain.ts';
export { createScratch } from '../scratch.ts';
export { listAliases } from './aliases.ts';
export {
  type CarryOutContext,
  carryOut,
  isUnfused,
  type Proven,
  scratchCapacity,
} from './carry-out.ts';
export { nameMatcher } from './match-names.ts';
export { nodeKey, nodesMade } from './node-key.ts';
export { type AbortSignalLike, type ReparameterizeOptions, throwIfAborted } from './options.ts';
export type {
  Amount,
  ConversionReport,
  Fusion,
  ModelSummary,
  NodeReference,
  Progress,
  Refused,
} from './report.ts';
export type { GraphStructure, InnerStructure, ModelStructure, StructureNode } from './structure.ts';
