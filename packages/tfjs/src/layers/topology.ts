/** The Keras configuration of a Layers model as layers and their calls, checked once at the door. */
import { FormatError } from '@reparam/core';
import { isObject, type JsonObject, shown } from '../json.ts';
import { readCalls, readRefs } from './calls.ts';
import { kerasThree, malformed } from './malformed.ts';

/** A layer as configured. */
export interface Layer {
  readonly name: string;
  readonly className: string;
  readonly config: JsonObject;
  /** As in the file. */
  readonly json: JsonObject;
  /** Layers of a nested model. */
  readonly nested: Network | null;
}

/** One output of one call of a layer. */
export interface TensorRef {
  readonly layer: string;
  readonly node: number;
  readonly tensor: number;
}

/** One use of a layer. */
export interface Call {
  readonly layer: Layer;
  /** Number among the layer's calls, from 0. */
  readonly node: number;
  readonly inputs: readonly TensorRef[];
  /** Arguments beside the inputs, such as `training`. */
  readonly arguments: JsonObject;
}

/** A model, or one nested in it. */
export interface Network {
  readonly kind: 'sequential' | 'functional';
  readonly name: string;
  readonly layers: readonly Layer[];
  /** In topological order. */
  readonly calls: readonly Call[];
  readonly inputs: readonly TensorRef[];
  readonly outputs: readonly TensorRef[];
}

const NETWORKS: ReadonlySet<string> = new Set(['Sequential', 'Model', 'Functional']);
const MODELS = [...NETWORKS].join(', ');

/** `{ class_name, config }` of the whole model; null where the topology is none of a Layers model. */
export function findModelConfig(topology: unknown): JsonObject | null {
  if (!isObject(topology)) return null;
  const inner = isObject(topology.model_config) ? topology.model_config : topology;
  return typeof inner.class_name === 'string' && inner.config !== undefined ? inner : null;
}

/** @throws FormatError where it is malformed: TensorFlow.js would throw, or never end. */
export function readNetwork(json: JsonObject): Network {
  const { class_name: className, config } = json;
  if (typeof className !== 'string' || !NETWORKS.has(className))
    throw new FormatError(`the model is of class ${shown(className)}, expected ${MODELS}`);
  return className === 'Sequential' ? readSequential(config) : readFunctional(config);
}

function readLayer(json: unknown): Layer {
  if (!isObject(json) || typeof json.class_name !== 'string' || !isObject(json.config))
    throw malformed(`found ${shown(json)} in the list of layers, expected { class_name, config }`);
  const { class_name: className, config } = json;
  const name = config.name ?? json.name;
  if (typeof name !== 'string') throw malformed(`a layer of class "${className}" has no name`);
  if (className === 'InputLayer' && 'batch_shape' in config && !('batch_input_shape' in config)) throw kerasThree();
  const nested = NETWORKS.has(className) ? readNetwork(json) : null;
  return { name, className, config, json, nested };
}

function readSequential(config: unknown): Network {
  const list = Array.isArray(config) ? config : isObject(config) ? config.layers : undefined;
  if (!Array.isArray(list)) throw malformed('a Sequential model has no list of layers');
  const layers = distinct(list.map(readLayer));
  const refs = layers.map(({ name }): TensorRef => ({ layer: name, node: 0, tensor: 0 }));
  const calls = layers.map((layer, index) => ({
    layer,
    node: 0,
    inputs: index === 0 ? [] : [refs[index - 1]!],
    arguments: {},
  }));
  const name = isObject(config) && typeof config.name === 'string' ? config.name : 'sequential';
  return { kind: 'sequential', name, layers, calls, inputs: refs.slice(0, 1), outputs: refs.slice(-1) };
}

function readFunctional(config: unknown): Network {
  if (!isObject(config) || !Array.isArray(config.layers)) throw malformed('a functional model has no list of layers');
  const layers = distinct(config.layers.map(readLayer));
  const network = {
    kind: 'functional',
    name: typeof config.name === 'string' ? config.name : 'model',
    layers,
    inputs: readRefs(config.input_layers, 'input_layers'),
    outputs: readRefs(config.output_layers, 'output_layers'),
  } as const;
  return { ...network, calls: readCalls(layers, [...network.inputs, ...network.outputs]) };
}

function distinct(layers: Layer[]): Layer[] {
  const names = new Set<string>();
  for (const { name } of layers) {
    if (names.has(name)) throw malformed(`two layers are named "${name}", expected each name once`);
    names.add(name);
  }
  return layers;
}
