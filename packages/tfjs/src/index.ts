/** Structural re-parameterization of TensorFlow.js models. */
export * from '@reparam/core';
export type { Amount, Fusion, ModelSummary, NodeReference, Progress, Refused } from '@reparam/core/convert';
export type { WeightFormat } from './artifacts/encode-weight.ts';
export type { ModelArtifacts, WeightSpec } from './artifacts/model-artifacts.ts';
export { describeInterface, type ModelValue } from './describe-interface.ts';
export { formatModelJson, type ModelJson, parseModelJson, type WrittenModel } from './files/model-json.ts';
export type { CustomLayer, CustomLifts } from './layers/custom.ts';
export type { TfjsOptions } from './options.ts';
export { type LoadHandler, type ReparamOptions, reparam } from './reparam.ts';
export { artifactsOf, type LayersLibrary, reparameterize, type SavableModel } from './reparameterize.ts';
export { reparameterizeArtifacts } from './reparameterize-artifacts.ts';
export type { Report } from './report.ts';
export * from './verify/index.ts';
