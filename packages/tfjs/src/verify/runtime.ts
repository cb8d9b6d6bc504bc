/** TensorFlow.js, as far as it is used to run models; given by the caller. */
import type { ModelArtifacts } from '../artifacts/model-artifacts.ts';

/** `tf` of `@tensorflow/tfjs`, or the core, layers and converter packages in one object. */
export interface TensorFlow {
  readonly version?: unknown;
  readonly version_core?: string;
  getBackend(): string;
  ready(): Promise<void>;
  tensor(values: never, shape: never, dtype: never): TfTensor;
  loadLayersModel?(handler: never): Promise<unknown>;
  loadGraphModel?(handler: never): Promise<unknown>;
}

/** What is used of a `tf.Tensor`. */
export interface TfTensor {
  readonly shape: readonly number[];
  readonly dtype: string;
  data(): Promise<ArrayLike<number> | readonly string[]>;
  dispose(): void;
}

/** What is used of a `tf.LayersModel`. */
export interface TfLayersModel {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputs: readonly TfSymbol[];
  readonly outputs: readonly TfSymbol[];
  /** Of a Sequential model, which has no names before. */
  build?(inputShape: never): void;
  predict(inputs: never): unknown;
  dispose(): unknown;
}

/** What is used of a `tf.GraphModel`. */
export interface TfGraphModel {
  readonly inputNodes: readonly string[];
  readonly outputNodes: readonly string[];
  readonly inputs: readonly TfSymbol[];
  readonly outputs: readonly TfSymbol[];
  executeAsync(inputs: never, outputs: never): Promise<unknown>;
  execute(inputs: never, outputs: never): unknown;
  dispose(): unknown;
}

export interface TfSymbol {
  readonly name: string;
  readonly shape?: readonly (number | null)[] | null;
  readonly dtype?: string;
}

/** A model that is loaded, or artifacts to load. */
export type TfModelInput = ModelArtifacts | TfLayersModel | TfGraphModel;

export function isLayersModel(model: object): model is TfLayersModel {
  return 'predict' in model && 'inputNames' in model;
}

export function isGraphModel(model: object): model is TfGraphModel {
  return 'executeAsync' in model && 'inputNodes' in model;
}
