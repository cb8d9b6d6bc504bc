/** A TensorFlow.js model as a session, so that models of every kind are compared and measured by the same code. */
import { UnsupportedError } from '@reparam/core';
import type { Session, TensorData, TensorType, ValueMetadata } from '@reparam/core/verify';
import type { ModelArtifacts } from '../artifacts/model-artifacts.ts';
import { isGraphTopology } from '../graph/node-def.ts';
import {
  isGraphModel,
  isLayersModel,
  type TensorFlow,
  type TfGraphModel,
  type TfLayersModel,
  type TfModelInput,
  type TfSymbol,
  type TfTensor,
} from './runtime.ts';

/** Loads artifacts, or takes a model that is loaded; only what was loaded here is freed by `release`. */
export async function openSession(tf: TensorFlow, input: TfModelInput): Promise<Session> {
  await tf.ready();
  if (isGraphModel(input)) return graphSession(tf, input, false);
  if (isLayersModel(input)) return layersSession(tf, input, false);
  const handler = { load: async () => input } as never;
  if (isGraphTopology(input.modelTopology)) {
    if (!tf.loadGraphModel) throw missing('loadGraphModel', '@tensorflow/tfjs-converter');
    return graphSession(tf, (await tf.loadGraphModel(handler)) as TfGraphModel, true);
  }
  if (!tf.loadLayersModel) throw missing('loadLayersModel', '@tensorflow/tfjs-layers');
  return layersSession(tf, (await tf.loadLayersModel(handler)) as TfLayersModel, true);
}

function missing(name: string, package_: string): UnsupportedError {
  return new UnsupportedError(`the TensorFlow.js given has no ${name}`, { hint: `add ${package_} to what you pass` });
}

function layersSession(tf: TensorFlow, model: TfLayersModel, isOwn: boolean): Session {
  if (model.inputNames.length === 0) model.build?.(undefined as never); // a Sequential model that was only loaded
  const { inputNames } = model;
  // A nested model with several outputs has one name for all.
  const outputNames = model.outputNames.map((name, place, all) =>
    all.indexOf(name) === place ? name : `${name}:${place}`,
  );
  return {
    inputs: model.inputs.map((symbol, index) => metadataOf(symbol, inputNames[index]!)),
    outputs: model.outputs.map((symbol, index) => metadataOf(symbol, outputNames[index]!)),
    run: (feeds) =>
      withTensors(tf, feeds, async (tensors) => {
        const list = listOf(model.predict(inputNames.map((name) => tensors[name]!) as never));
        return readAll(list, outputNames);
      }),
    release: async () => {
      if (isOwn) model.dispose();
    },
  };
}

function graphSession(tf: TensorFlow, model: TfGraphModel, isOwn: boolean): Session {
  const names = [...model.outputNodes];
  return {
    inputs: model.inputs.map((symbol) => metadataOf(symbol, symbol.name)),
    outputs: names.map((name) => ({ ...metadataOf({ name }, name), type: 'float32', dims: [] })),
    run: (feeds) =>
      withTensors(tf, feeds, async (tensors) => readAll(listOf(await execute(model, tensors, names)), names)),
    release: async () => {
      if (isOwn) model.dispose();
    },
  };
}

/** Only operators whose size depends on values need the slower way. */
async function execute(model: TfGraphModel, tensors: Readonly<Record<string, TfTensor>>, names: string[]) {
  try {
    return model.execute(tensors as never, names as never);
  } catch (error) {
    if (!/executeAsync/.test(String(error))) throw error;
    return await model.executeAsync(tensors as never, names as never);
  }
}

function metadataOf({ shape, dtype = 'float32' }: TfSymbol, name: string): ValueMetadata {
  const dims = (shape ?? []).map((size) => (size === null || size < 0 ? null : size));
  return { name, type: dtype as TensorType, dims };
}

async function withTensors<Result>(
  tf: TensorFlow,
  feeds: Readonly<Record<string, TensorData>>,
  action: (tensors: Readonly<Record<string, TfTensor>>) => Promise<Result>,
): Promise<Result> {
  const tensors = Object.fromEntries(
    Object.entries(feeds).map(([name, { type, dims, data }]) => [
      name,
      tf.tensor(data as never, [...dims] as never, type as never),
    ]),
  );
  try {
    return await action(tensors);
  } finally {
    for (const tensor of Object.values(tensors)) tensor.dispose();
  }
}

function listOf(result: unknown): TfTensor[] {
  return Array.isArray(result) ? result : [result as TfTensor];
}

async function readAll(tensors: readonly TfTensor[], names: readonly string[]): Promise<Record<string, TensorData>> {
  const entries = await Promise.all(
    tensors.map(async (tensor, index) => {
      const data = await tensor.data();
      return [names[index]!, { type: tensor.dtype as TensorType, dims: [...tensor.shape], data }] as const;
    }),
  );
  for (const tensor of new Set(tensors)) tensor.dispose();
  return Object.fromEntries(entries);
}

/** Artifacts of whichever kind are given. */
export function isArtifacts(input: TfModelInput): input is ModelArtifacts {
  return !isGraphModel(input) && !isLayersModel(input);
}
