/** One model loaded in ONNX Runtime: what is used of either package, behind one small interface. */

import type { Session, TensorData, TensorType, ValueMetadata } from '@reparam/core/verify';

export type { Session, ValueMetadata };

/** What is used of `onnxruntime-node`, `onnxruntime-web` or any other build with the same interface. */
export interface OrtLike {
  readonly InferenceSession: {
    create(model: string | Uint8Array, options?: object): Promise<OrtSession>;
  };
  readonly Tensor: new (...parameters: never[]) => object;
  readonly env: object;
}

/** What is used of an ONNX Runtime session. */
export interface OrtSession {
  readonly inputMetadata: readonly OrtMetadata[];
  readonly outputMetadata: readonly OrtMetadata[];
  run(feeds: object, fetches: readonly string[], options?: object): Promise<object>;
  release(): Promise<void>;
}

interface OrtMetadata {
  readonly name: string;
  readonly isTensor: boolean;
  readonly type?: string;
  readonly shape?: readonly (number | string)[];
}

export interface SessionOptions {
  /** ONNX Runtime's graph optimization level. Default 'all'. */
  readonly optimization?: 'disabled' | 'basic' | 'extended' | 'layout' | 'all' | undefined;
  /** Threads that one operator may use. Default: the runtime's choice. In onnxruntime-web the first session of a process decides. */
  readonly threads?: number | undefined;
  /** Execution provider. Default 'cpu' in onnxruntime-node, 'wasm' in onnxruntime-web. */
  readonly provider?: string | undefined;
  /** External data files of a model given as bytes, by location. */
  readonly externalData?: Readonly<Record<string, Uint8Array>> | undefined;
}

/** Only fatal messages: what goes wrong is thrown anyway, and runtimes print to stderr. */
const QUIET = { logSeverityLevel: 4 };

/** Loads a model, from a path or from bytes. Throws the runtime's error if it cannot. */
export async function createSession(
  ort: OrtLike,
  model: string | Uint8Array,
  { optimization = 'all', threads, provider, externalData }: SessionOptions,
): Promise<Session> {
  const session = await ort.InferenceSession.create(model, {
    ...QUIET,
    graphOptimizationLevel: optimization,
    ...(threads === undefined ? {} : { intraOpNumThreads: threads, interOpNumThreads: 1 }),
    ...(provider === undefined ? {} : { executionProviders: [provider] }),
    ...(externalData && { externalData: Object.entries(externalData).map(([path, data]) => ({ path, data })) }),
    // Threads that spin while they wait spoil the time of every other session.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
  const outputs = session.outputMetadata.map(readMetadata);
  const tensors = outputs.flatMap(({ name, type }) => (type === null ? [] : [name]));
  return {
    inputs: session.inputMetadata.map(readMetadata),
    outputs,
    run: async (feeds, fetches = tensors) => {
      const results = await session.run(makeTensors(ort, feeds), fetches, QUIET);
      return Object.fromEntries(
        Object.entries(results).map(([name, { type, dims, data }]) => [name, { type, dims, data }]),
      );
    },
    release: () => session.release(),
  };
}

function makeTensors(ort: OrtLike, feeds: Readonly<Record<string, TensorData>>): object {
  return Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, makeTensor(ort, tensor)]));
}

function makeTensor(ort: OrtLike, { type, data, dims }: TensorData): object {
  const Tensor = ort.Tensor as unknown as new (...parameters: unknown[]) => object;
  if (type !== 'float16' || !ArrayBuffer.isView(data)) return new Tensor(type, data, dims);
  const bits = new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
  // Where the platform has Float16Array the constructor makes one of the bits, of which onnxruntime-node 1.30 reads nothing.
  return Object.defineProperty(new Tensor(type, bits, dims), 'data', { value: bits });
}

function readMetadata({ name, isTensor, type, shape = [] }: OrtMetadata): ValueMetadata {
  if (!isTensor) return { name, type: null, dims: [] };
  return { name, type: type as TensorType, dims: shape.map(readDim) };
}

/** onnxruntime-web gives a size without a name as -1 in 32 unsigned bits. */
function readDim(dim: number | string): number | string | null {
  return dim === '' || (typeof dim === 'number' && (dim < 0 || dim >= 2 ** 31)) ? null : dim;
}
