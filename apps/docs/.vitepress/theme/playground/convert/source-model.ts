/** A model that is converted, of either format. */
import type { ConversionReport, ModelStructure, Progress } from '@reparam/core/convert';
import type { Settings } from '../settings.ts';

export interface ResultModel {
  /** What is downloaded: one file. */
  readonly name: string;
  readonly blob: Blob;
  readonly report: ConversionReport;
  /** The new model as it is drawn. */
  readStructure(): Promise<ModelStructure>;
  /** The new model, for a runtime. */
  readonly runnable: RunnableModel;
}

/** A model as the worker that runs it takes it. Blobs travel between workers without being copied. */
export type RunnableModel =
  | {
      readonly format: 'onnx';
      readonly model: Blob;
      readonly data: readonly (readonly [location: string, file: Blob])[];
    }
  | { readonly format: 'tfjs'; readonly json: string; readonly shards: readonly Blob[] };

export interface SourceModel {
  readonly format: 'onnx' | 'layers-model' | 'graph-model';
  readonly runnable: RunnableModel;
  convert(settings: Settings, onProgress: (progress: Progress) => void): Promise<ResultModel>;
  readStructure(settings: Settings): Promise<ModelStructure>;
}
