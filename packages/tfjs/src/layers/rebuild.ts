/** From edits of a network to its new configuration. */
import { FormatError } from '@reparam/core';
import type { ModelNode, NewPart, ViewEdits } from '../convert/model-view.ts';
import type { JsonObject } from '../json.ts';
import { addCopies } from './copies.ts';
import { implicitInput } from './input-shapes.ts';
import type { LayerPart } from './read-parts.ts';
import { type FreeLayer, type FreeRef, writeNetwork } from './shared/free-network.ts';
import type { Call, Layer, TensorRef } from './topology.ts';
import type { LayersView } from './view.ts';

/** A layer of the new network. */
export interface NewLayer {
  readonly json: JsonObject;
  /** What each call reads, by value name, with the call's own arguments. */
  readonly calls: readonly { readonly inputs: readonly string[]; readonly arguments: JsonObject }[];
  readonly isInput: boolean;
  /** The value that a new layer makes. */
  readonly output?: string;
}

/** `{ class_name, config, ... }` as it was, with other layers. `nested` gives the new JSON of a nested model's layer. */
export function rebuildNetwork(
  view: LayersView,
  json: JsonObject,
  edits: ViewEdits,
  nested: ReadonlyMap<Layer, JsonObject>,
): JsonObject {
  const layers = listLayers(view, edits, nested);
  return view.network.kind === 'sequential' ? sequential(view, json, layers) : functional(view, json, layers, edits);
}

/** Layers that stay, in their order, and new ones before those they stand for. */
function listLayers(view: LayersView, edits: ViewEdits, nested: ReadonlyMap<Layer, JsonObject>): NewLayer[] {
  const inserted = new Map<Layer, NewPart[]>();
  for (const { before, part } of edits.inserted) {
    const { layer } = (before as LayerPart).call;
    inserted.set(layer, [...(inserted.get(layer) ?? []), part]);
  }
  const removed = (call: Call) => partsOf(view, call).every((node) => edits.removed.has(node));
  return view.network.layers.flatMap((layer) => {
    const calls = view.network.calls.filter((call) => call.layer === layer).sort((a, b) => a.node - b.node);
    const kept = calls.filter((call) => !removed(call));
    const own: NewLayer = {
      json: nested.get(layer) ?? layer.json,
      calls: kept.map((call) => ({ inputs: call.inputs.map(view.names.nameOf), arguments: call.arguments })),
      isInput: layer.className === 'InputLayer',
    };
    const news = (inserted.get(layer) ?? []).map(newLayer);
    return kept.length > 0 || calls.length === 0 ? [...news, own] : news;
  });
}

function partsOf(view: LayersView, call: Call): readonly ModelNode[] {
  return view.partsByCall.get(call)!;
}

function newLayer({ name, opType, inputs, config, output }: NewPart): NewLayer {
  const common = { name, trainable: true, dtype: 'float32' };
  return {
    json: { class_name: opType, name, config: { ...common, ...config } },
    calls: [{ inputs, arguments: {} }],
    isInput: false,
    output,
  };
}

/** A chain again: every rewrite of one reads what stands before it. */
function sequential(view: LayersView, json: JsonObject, layers: readonly NewLayer[]): JsonObject {
  const [first] = view.network.layers;
  const implicit = implicitInput(view.network);
  const list = layers.map(({ json: layer }) => withoutCalls(layer));
  for (const { calls } of layers)
    if (calls.some(({ inputs }) => inputs.length > 1))
      throw new FormatError('a Sequential model was not rewritten as a chain', { code: 'internal' });
  const firstStays = layers[0]?.json === first!.json || first!.nested;
  if (implicit !== null && (!firstStays || view.isSettled)) list.unshift(inputLayer(view, implicit));
  else if (view.isSettled && implicit === null) list[0] = settledInput(view, list[0]!, first!.name);
  return { ...json, config: withLayers(json.config, list) };
}

function withoutCalls(layer: JsonObject): JsonObject {
  const { inbound_nodes: _, ...rest } = layer;
  return rest;
}

function withLayers(config: unknown, layers: readonly JsonObject[]): unknown {
  return Array.isArray(config) ? layers : { ...(config as JsonObject), layers };
}

/** The input that TensorFlow.js made up for the layer that came first, under the name it had. */
function inputLayer(view: LayersView, name: string): JsonObject {
  const shape = view.shape(name);
  if (!shape) throw new FormatError(`the shape of the input "${name}" is not known`, { code: 'internal' });
  const batch_input_shape = shape.map((size) => (typeof size === 'number' ? size : null));
  return { class_name: 'InputLayer', config: { name, batch_input_shape, dtype: 'float32', sparse: false } };
}

/** An InputLayer with the sizes that the caller gave. */
function settledInput(view: LayersView, layer: JsonObject, name: string): JsonObject {
  const shape = view.shape(name);
  if (!shape) return layer;
  const batch_input_shape = shape.map((size) => (typeof size === 'number' ? size : null));
  return { ...layer, config: { ...(layer.config as JsonObject), batch_input_shape } };
}

function functional(view: LayersView, json: JsonObject, listed: readonly NewLayer[], edits: ViewEdits): JsonObject {
  const copied = addCopies(view, listed, edits);
  const refs = referencesOf(view, edits, copied);
  const layers = copied.map((layer) => ({ layer, free: freeLayer(view, layer) }));
  const byName = new Map(layers.map(({ free }) => [free.name, free]));
  const refTo = (name: string): FreeRef => {
    const [layer, number, tensor] = refs(name);
    const { calls, base } = byName.get(layer)!;
    return { call: calls[number - base]!, tensor };
  };
  for (const { layer, free } of layers)
    layer.calls.forEach(({ inputs }, index) => {
      free.calls[index]!.inputs = inputs.map(refTo);
    });
  const ends = (tensors: readonly TensorRef[]) => tensors.map((ref) => refTo(view.names.nameOf(ref)));
  const { inputs, outputs } = view.network;
  const free = { layers: layers.map((each) => each.free), inputs: ends(inputs), outputs: ends(outputs) };
  return { ...json, config: writeNetwork(json.config as JsonObject, free) };
}

/** Its calls read nothing yet. */
function freeLayer(view: LayersView, { json, calls, isInput }: NewLayer): FreeLayer {
  const name = String(json.name ?? (json.config as JsonObject).name);
  const nodes = view.network.calls.filter(({ layer }) => layer.name === name).map(({ node }) => node);
  const layer: FreeLayer = {
    name,
    json: isInput && view.isSettled ? settledInput(view, json, name) : json,
    base: nodes.length === 0 ? 0 : Math.min(...nodes), // of a nested model 1
    calls: [],
  };
  for (const call of calls) layer.calls.push({ layer, inputs: [], arguments: call.arguments });
  return layer;
}

/** Where a value is in the new network: layer, number of its call, number of the output. */
function referencesOf(view: LayersView, { aliases, removed }: ViewEdits, layers: readonly NewLayer[]) {
  const places = new Map<string, readonly [string, number, number]>();
  const counts = new Map<Layer, number>();
  for (const call of [...view.network.calls].sort((a, b) => a.node - b.node)) {
    if (partsOf(view, call).every((node) => removed.has(node))) continue;
    const before = counts.get(call.layer) ?? 0;
    counts.set(call.layer, before + 1);
    // A nested model's calls count from 1.
    const first = Math.min(...view.network.calls.filter(({ layer }) => layer === call.layer).map(({ node }) => node));
    view.names.outputsOf(call).forEach((name, tensor) => {
      places.set(name, [call.layer.name, first + before, tensor]);
    });
  }
  for (const { output, json } of layers) if (output !== undefined) places.set(output, [String(json.name), 0, 0]);
  return (name: string) => {
    const place = places.get(aliases.get(name) ?? name);
    if (!place) throw new FormatError(`value "${name}" is read and was removed`, { code: 'internal' });
    return place;
  };
}
