/** Running models in ONNX Runtime: are they equal, and how fast are they. */

export { type BenchModel, type BenchOptions, type BenchReport, type BenchResult, benchModels } from './bench.ts';
export type { Difference } from './compare.ts';
export type { InputShapes } from './input-shapes.ts';
export type { InputFamily, InputOptions } from './inputs.ts';
export { type MeasureOptions, measureStatistics } from './measure-statistics.ts';
export type { ModelInput } from './model-input.ts';
export { parseNpy } from './npy.ts';
export { loadRuntime, type Runtime, type RuntimeKind, type RuntimeOptions } from './runtime.ts';
export type { OrtLike, OrtSession, Session, SessionOptions, ValueMetadata } from './session.ts';
export type { TensorData, TensorElements, TensorType } from './tensor-data.ts';
export { type VerifyOptions, verify } from './verify.ts';
export type { CaseOptions } from './verify-cases.ts';
export * from './verify-report.ts';
