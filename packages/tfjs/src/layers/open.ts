/** Opens a Layers model: its networks as views, and the way back. */
import type { WeightFormat } from '../artifacts/encode-weight.ts';
import { countOf, type WeightStore } from '../artifacts/weight-store.ts';
import type { Shape, ViewEdits } from '../convert/model-view.ts';
import type { OpenedModel } from '../convert/opened-model.ts';
import type { JsonObject } from '../json.ts';
import type { CustomLifts } from './custom.ts';
import type { GivenShapes } from './input-shapes.ts';
import type { LayerPart } from './read-parts.ts';
import { rebuildNetwork } from './rebuild.ts';
import { findModelConfig, type Layer, type Network, readNetwork } from './topology.ts';
import { LayersView } from './view.ts';

export interface OpenLayersOptions {
  readonly store: WeightStore;
  readonly format: WeightFormat;
  readonly shapes: GivenShapes;
  readonly custom: CustomLifts;
}

export function openLayersModel(topology: JsonObject, options: OpenLayersOptions): OpenedModel {
  const model = findModelConfig(topology)!;
  const network = readNetwork(model);
  const nested = nestedNetworks(network);
  const networks = [network, ...nested.map(({ inner }) => inner)];
  const names = new Set(networks.flatMap(({ layers }) => layers.map(({ name }) => name)));
  const weights = indexWeights(options.store, names);
  const none: ReadonlyMap<string, number> = new Map();
  const facts = { ...options, names, weightsOf: (layer: string) => weights.get(layer) ?? none };
  const views = [new LayersView(network, { ...facts, calledOn: null })];
  for (const { inner, outer } of nested) {
    const calledOn = callShapes(views[networks.indexOf(outer)]!, inner);
    views.push(new LayersView(inner, { ...facts, shapes: {}, calledOn }));
  }
  return {
    views,
    inputNames: () => views[0]!.inputs,
    rebuild(edits) {
      const byNetwork = new Map(networks.map((each, index) => [each, { view: views[index]!, edits: edits[index]! }]));
      const rebuilt = rebuildDeep(network, model, byNetwork);
      return topology.model_config === model ? { ...topology, model_config: rebuilt } : { ...topology, ...rebuilt };
    },
    removedWeights: (edits) => new Set(edits.flatMap((each, index) => removedBy(views[index]!, each))),
  };
}

/** Each after the one it is nested in. */
function nestedNetworks(outer: Network): { readonly inner: Network; readonly outer: Network }[] {
  return outer.layers.flatMap(({ nested: inner }) => (inner ? [{ inner, outer }, ...nestedNetworks(inner)] : []));
}

/** Shapes of what each call of a nested model is called on. */
function callShapes(outer: LayersView, inner: Network): (Shape | null)[][] {
  const calls = outer.nodes.filter(({ call }) => call.layer.nested === inner);
  return calls.map(({ inputs }) => inputs.map((name) => outer.shape(name)));
}

type Rebuildable = ReadonlyMap<Network, { readonly view: LayersView; readonly edits: ViewEdits }>;

function rebuildDeep(network: Network, json: JsonObject, byNetwork: Rebuildable): JsonObject {
  const { view, edits } = byNetwork.get(network)!;
  const nested = network.layers.flatMap((layer): [Layer, JsonObject][] =>
    layer.nested ? [[layer, rebuildDeep(layer.nested, layer.json, byNetwork)]] : [],
  );
  return rebuildNetwork(view, json, edits, new Map(nested));
}

/** Weights by the layer they belong to; some names have that of a cell between the layer's and the weight's. */
function indexWeights(store: WeightStore, layers: ReadonlySet<string>): Map<string, Map<string, number>> {
  const index = new Map<string, Map<string, number>>();
  for (const { spec } of store.values()) {
    const tokens = spec.name.split('/');
    const owner = [1, 2].map((count) => tokens.slice(0, -count).join('/')).find((name) => layers.has(name));
    if (owner === undefined) continue;
    const own = index.get(owner) ?? new Map<string, number>();
    index.set(owner, own.set(spec.name, countOf(spec.shape)));
  }
  return index;
}

/** Weights of layers that have no call left. */
function removedBy(view: LayersView, { removed }: ViewEdits): string[] {
  const left = new Set(view.nodes.filter((node) => !removed.has(node)).map(({ call }) => call.layer));
  const gone = new Set([...removed].map((node) => (node as LayerPart).call.layer).filter((layer) => !left.has(layer)));
  return [...gone].flatMap(({ name }) => [...view.facts.weightsOf(name).keys()]);
}
