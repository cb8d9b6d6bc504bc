/** Running models in ONNX Runtime: are they equal, and how fast are they. */

export type {
  CaseOptions,
  Difference,
  FirstDivergent,
  HeldChoice,
  InputFamily,
  InputOptions,
  InputShapes,
  SkippedCase,
  TensorData,
  TensorElements,
  TensorType,
  VerifiedCase,
  VerifiedOutput,
  VerifyCase,
  VerifyFailure,
  VerifyFailureReason,
  VerifyReport,
} from '@reparam/core/verify';
export { type BenchModel, type BenchOptions, type BenchReport, type BenchResult, benchModels } from './bench.ts';
export { type MeasureOptions, measureStatistics } from './measure-statistics.ts';
export type { ModelInput } from './model-input.ts';
export { parseNpy } from './npy.ts';
export { loadRuntime, type Runtime, type RuntimeKind, type RuntimeOptions } from './runtime.ts';
export type { OrtLike, OrtSession, Session, SessionOptions, ValueMetadata } from './session.ts';
export { type VerifyOptions, verify } from './verify.ts';
