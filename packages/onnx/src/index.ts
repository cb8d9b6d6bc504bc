/** Structural re-parameterization of ONNX models. */
export * from '@reparam/core';
export { DataType } from './elements/data-type.ts';
export type { KeptPart } from './keep.ts';
export type { ReparameterizeOptions } from './options.ts';
export { type Chunk, collectChunks } from './proto/chunks.ts';
export { type OnnxModel, type OpenOptions, openModel } from './proto/model.ts';
export { type ByteSource, blobSource, bytesSource } from './proto/source.ts';
export { type Reparameterized, reparameterize } from './reparameterize.ts';
export type { Amount, Fusion, ModelSummary, NodeReference, Progress, Refused, Report } from './report.ts';
