/** Running models in TensorFlow.js: are they equal, and how fast are they. */
export type { BenchResult, InputShapes, VerifyReport } from '@reparam/core/verify';
export { type BenchModel, type BenchOptions, type BenchReport, benchModels } from './bench.ts';
export type { TensorFlow, TfGraphModel, TfLayersModel, TfModelInput, TfSymbol, TfTensor } from './runtime.ts';
export { type VerifyOptions, verify } from './verify.ts';
