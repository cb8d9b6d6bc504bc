/** The parts of `tf.io.ModelArtifacts` that are read and written; assignable both ways without importing TensorFlow.js. */

export interface WeightSpec {
  name: string;
  shape: number[];
  dtype: 'float32' | 'int32' | 'bool' | 'string' | 'complex64';
  quantization?: {
    scale?: number;
    min?: number;
    dtype: 'uint16' | 'uint8' | 'float16';
  };
}

export interface ModelArtifacts {
  /** Parsed JSON of the model: a Keras configuration or a GraphDef. */
  // biome-ignore lint/complexity/noBannedTypes: this is how TensorFlow.js declares it
  modelTopology?: {} | ArrayBuffer;
  weightSpecs?: WeightSpec[];
  weightData?: ArrayBuffer | ArrayBuffer[];
  getWeightStream?: () => ReadableStreamLike;
  format?: string;
  generatedBy?: string;
  convertedBy?: string | null;
  // biome-ignore lint/complexity/noBannedTypes: this is how TensorFlow.js declares it
  signature?: {};
}

/** What is used of a `ReadableStream<ArrayBuffer>`. */
export interface ReadableStreamLike {
  getReader(): { read(): Promise<{ readonly done: boolean; readonly value?: ArrayBuffer | undefined }> };
}

/** All weight data in memory: a stream is read to its end. */
export async function gatherWeightData(artifacts: ModelArtifacts): Promise<ArrayBuffer[]> {
  const { weightData, getWeightStream } = artifacts;
  if (Array.isArray(weightData)) return weightData;
  if (weightData) return [weightData];
  if (!getWeightStream) return [];
  const reader = getWeightStream().getReader();
  const buffers: ArrayBuffer[] = [];
  for (let part = await reader.read(); !part.done; part = await reader.read()) if (part.value) buffers.push(part.value);
  return buffers;
}
