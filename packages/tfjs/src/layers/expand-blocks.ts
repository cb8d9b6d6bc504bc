/** Puts the stock layers of a RepConv2D in its place, so that the conversion sees its branches. */
import { FormatError, ShapeError } from '@reparam/core';
import { isObject, type JsonObject } from '../json.ts';
import { completeOptions } from '../train/block-options.ts';
import { BLOCK_INPUT, type BlockPlan, type LayerPlan } from '../train/block-plan.ts';
import { snakeCase } from '../train/layer-artifacts.ts';
import { planRepBlock } from '../train/plan-rep-block.ts';
import { findModelConfig } from './topology.ts';

const REP_CONV = 'RepConv2D';

/** The topology of a Layers model with no RepConv2D left; the same object where there is none, and for any other topology. */
export function expandTopology<Topology>(topology: Topology): Topology {
  const model = findModelConfig(topology);
  const expanded = model && expandBlocks(model);
  if (expanded === model) return topology;
  const whole = topology as Topology & JsonObject;
  return whole.model_config === model ? { ...whole, model_config: expanded } : { ...whole, ...expanded };
}

/** The model with no RepConv2D left, nested models included; the same object where there is none. Its weights keep their names. */
function expandBlocks(model: JsonObject): JsonObject {
  if (!holdsBlock(model)) return model;
  const { layers, config } = layersOf(model);
  const inner = layers.map((layer) => (isObject(layer) ? expandBlocks(layer) : layer));
  if (!inner.some(isBlock)) return withLayers(model, config, inner);
  const functional = model.class_name === 'Sequential' ? functionalOf(config, inner) : { ...config, layers: inner };
  if (functional === null) return withLayers(model, config, inner);
  const expanded = (functional.layers as unknown[]).flatMap((layer) => (isBlock(layer) ? expandBlock(layer) : [layer]));
  const className = model.class_name === 'Sequential' ? 'Model' : model.class_name;
  return { ...model, class_name: className, config: { ...functional, layers: expanded } };
}

function layersOf({ config }: JsonObject): { readonly layers: readonly unknown[]; readonly config: JsonObject } {
  if (Array.isArray(config)) return { layers: config, config: {} }; // as Sequential once was
  const own = isObject(config) ? config : {};
  return { layers: Array.isArray(own.layers) ? own.layers : [], config: own };
}

function withLayers(model: JsonObject, config: JsonObject, layers: readonly unknown[]): JsonObject {
  return { ...model, config: Array.isArray(model.config) ? layers : { ...config, layers } };
}

function holdsBlock(model: JsonObject): boolean {
  return layersOf(model).layers.some((layer) => isBlock(layer) || (isObject(layer) && holdsBlock(layer)));
}

function isBlock(layer: unknown): layer is JsonObject & { readonly config: JsonObject } {
  return isObject(layer) && layer.class_name === REP_CONV && isObject(layer.config);
}

/** A sequence as a graph; null where it does not say what it reads. */
function functionalOf(config: JsonObject, layers: readonly unknown[]): JsonObject | null {
  if (!layers.every((layer) => isObject(layer) && isObject(layer.config))) return null;
  const list = layers as readonly (JsonObject & { readonly config: JsonObject })[];
  const isInput = list[0]!.class_name === 'InputLayer';
  const input = isInput ? list[0]! : inputOf(list[0]!);
  if (!input) return null;
  let [from, node] = [nameOf(input), 0];
  const first = [from, node, 0];
  const chained = list.slice(isInput ? 1 : 0).map((layer) => {
    const linked = { ...layer, name: nameOf(layer), inbound_nodes: [[[from, node, 0, {}]]] };
    [from, node] = [nameOf(layer), layersOf(layer).layers.length > 0 ? 1 : 0]; // a built model's own graph is its first node
    return linked;
  });
  const start = { ...input, name: nameOf(input), inbound_nodes: [] };
  return { ...config, layers: [start, ...chained], input_layers: [first], output_layers: [[from, node, 0]] };
}

/** The input that TensorFlow.js makes for a sequence, by the same name: that of the first layer within nested models. */
function inputOf(layer: JsonObject): JsonObject | null {
  const { layers, config } = layersOf(layer);
  const { batch_input_shape: shape, dtype = 'float32' } = config;
  if (isObject(layers[0])) return inputOf(layers[0]);
  if (!Array.isArray(shape)) return null;
  const name = layer.class_name === 'InputLayer' ? nameOf(layer) : `${nameOf(layer)}_input`;
  return { class_name: 'InputLayer', name, config: { name, batch_input_shape: shape, dtype, sparse: false } };
}

function nameOf({ name, config }: JsonObject): string {
  return String(isObject(config) && config.name !== undefined ? config.name : name);
}

/** Its layers are called as often as it is, in the same order; the last one has its name. */
function expandBlock(layer: JsonObject & { readonly config: JsonObject }): JsonObject[] {
  const own = nameOf(layer);
  const calls = Array.isArray(layer.inbound_nodes) ? layer.inbound_nodes : [];
  const nameIn = (part: string) => (part === 'activation' ? own : `${own}/${part}`);
  return planOf(own, layer.config).map((plan) => {
    const refs = (call: unknown, index: number) =>
      plan.inputs.flatMap((from) => (from === BLOCK_INPUT ? (call as unknown[]) : [[nameIn(from), index, 0, {}]]));
    const name = nameIn(plan.name);
    return {
      class_name: plan.className,
      name,
      config: { ...writtenConfig(plan), name },
      inbound_nodes: calls.map(refs),
    };
  });
}

function planOf(name: string, config: JsonObject): BlockPlan {
  const subject = `the ${REP_CONV} layer "${name}"`;
  const { in_channels: channels, use_bias: useBias } = config;
  const { filters, kernels, stride, groups, norm, skip, activation, epsilon } = config;
  const options = { filters, kernels, stride, groups, norm, skip, useBias, activation, epsilon };
  if (typeof channels !== 'number') throw new FormatError(`${subject} says no in_channels, expected a number`);
  try {
    return planRepBlock(subject, completeOptions(subject, options as never), channels);
  } catch (error) {
    throw error instanceof ShapeError ? new FormatError(error.message, { cause: error }) : error;
  }
}

/** As in a file; initializers say nothing there. */
function writtenConfig({ className, config }: LayerPlan): JsonObject {
  const layout = className.endsWith('2D') ? { data_format: 'channels_last' } : {}; // that of slices is the other one
  const entries = Object.entries(config).filter(([key]) => !key.endsWith('Initializer'));
  const written = entries.map(([key, value]) => [snakeCase(key), writtenValue(key, value)]);
  return { ...layout, ...Object.fromEntries(written) };
}

function writtenValue(key: string, value: unknown): unknown {
  return key === 'dataFormat' ? snakeCase(String(value)) : value;
}
