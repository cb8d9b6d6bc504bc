/** Layers that are shared together as nested models, inside of which the conversion sees them called once; and the way back. */
import { freshName } from '../../convert/fresh-name.ts';
import { isObject, type JsonObject } from '../../json.ts';
import { findModelConfig, type Network, readNetwork } from '../topology.ts';
import { findGroups, type Group, memberAt } from './find-groups.ts';
import {
  type FreeCall,
  type FreeLayer,
  type FreeNetwork,
  type FreeRef,
  freeNetwork,
  writeNetwork,
} from './free-network.ts';

export interface Grouped<Topology> {
  readonly topology: Topology;
  /** Names of the nested models. */
  readonly groups: ReadonlySet<string>;
}

/** null where no layers are shared together, and for any topology but that of a Layers model. */
export function groupShared<Topology>(topology: Topology): Grouped<Topology> | null {
  const model = findModelConfig(topology);
  if (!model) return null;
  const names = new Set<string>();
  collectNames(model, names);
  const groups = new Set<string>();
  const grouped = mapNetworks(model, (json) => groupNetwork(json, names, groups));
  return groups.size === 0 ? null : { topology: withModel(topology, model, grouped), groups };
}

/** Layers of the nested models `groups` again, each called as often as its model was. */
export function ungroupShared<Topology>(topology: Topology, groups: ReadonlySet<string>): Topology {
  const model = findModelConfig(topology)!;
  return withModel(
    topology,
    model,
    mapNetworks(model, (json) => ungroupNetwork(json, groups)),
  );
}

function withModel<Topology>(topology: Topology, model: JsonObject, next: JsonObject): Topology {
  const whole = topology as Topology & JsonObject;
  return whole.model_config === model ? { ...whole, model_config: next } : { ...whole, ...next };
}

function layersOf({ config }: JsonObject): readonly unknown[] {
  const layers = isObject(config) ? config.layers : config;
  return Array.isArray(layers) ? layers : [];
}

function collectNames(json: JsonObject, names: Set<string>): void {
  for (const layer of layersOf(json)) {
    if (!isObject(layer)) continue;
    names.add(String(isObject(layer.config) && layer.config.name !== undefined ? layer.config.name : layer.name));
    collectNames(layer, names);
  }
}

/** Innermost first. */
function mapNetworks(json: JsonObject, change: (json: JsonObject) => JsonObject): JsonObject {
  const layers = layersOf(json);
  if (layers.length === 0) return json;
  const inner = layers.map((layer) => (isObject(layer) ? mapNetworks(layer, change) : layer));
  return change({
    ...json,
    config: Array.isArray(json.config) ? inner : { ...(json.config as JsonObject), layers: inner },
  });
}

function groupNetwork(json: JsonObject, names: Set<string>, groups: Set<string>): JsonObject {
  const network = readNetwork(json);
  if (network.kind === 'sequential' || !mayGroup(network)) return json;
  const free = freeNetwork(network);
  const found = findGroups(free);
  if (found.length === 0) return json;
  const written = found.map((group) => {
    const name = freshName('shared_layers', names);
    groups.add(name);
    return writeGroup(name, group, free);
  });
  const moved = new Map(written.flatMap(({ refs }) => [...refs]));
  const resolve = (ref: FreeRef): FreeRef => moved.get(ref.call) ?? ref;
  const members = new Set(found.flatMap(({ layers }) => layers));
  const left = [...free.layers.filter((layer) => !members.has(layer)), ...written.map(({ layer }) => layer)];
  for (const { calls } of left) for (const call of calls) call.inputs = call.inputs.map(resolve);
  const config = writeNetwork(json.config as JsonObject, {
    layers: left,
    inputs: free.inputs,
    outputs: free.outputs.map(resolve),
  });
  return { ...json, config };
}

function mayGroup({ calls }: Network): boolean {
  return new Set(calls.map(({ layer }) => layer)).size < calls.length;
}

interface WrittenGroup {
  readonly layer: FreeLayer;
  /** What the calls of its members have become, where they are read from outside. */
  readonly refs: ReadonlyMap<FreeCall, FreeRef>;
}

function writeGroup(name: string, group: Group, network: FreeNetwork): WrittenGroup {
  const { layers, count, times } = group;
  const inner = new Map(layers.map((layer): [FreeLayer, FreeLayer] => [layer, { ...layer, base: 0, calls: [] }]));
  const given: FreeRef[][] = []; // what each input is, at each time
  const inputs: FreeLayer[] = [];
  const inputFor = (refs: readonly FreeRef[]): FreeRef => {
    const known = given.findIndex((other) =>
      other.every(({ call, tensor }, time) => call === refs[time]!.call && tensor === refs[time]!.tensor),
    );
    if (known >= 0) return { call: inputs[known]!.calls[0]!, tensor: 0 };
    const layer = inputLayer(`${name}_input_${given.length}`, refs);
    given.push([...refs]);
    inputs.push(layer);
    return { call: layer.calls[0]!, tensor: 0 };
  };
  for (const layer of layers) inner.get(layer)!.calls.push({ ...layer.calls[0]!, layer: inner.get(layer)! });
  for (const layer of layers) {
    const byTime = [...layer.calls].sort((a, b) => times.get(a)! - times.get(b)!);
    inner.get(layer)!.calls[0]!.inputs = layer.calls[0]!.inputs.map((_, place) => {
      const member = memberAt(layer, place, group);
      if (member) return { call: inner.get(member)!.calls[0]!, tensor: 0 };
      return inputFor(byTime.map((call) => call.inputs[place]!));
    });
  }
  const outputs = layers.filter((layer) => isReadOutside(layer, group, network));
  const own: FreeNetwork = {
    layers: [...inputs, ...inner.values()],
    inputs: inputs.map(({ calls }) => ({ call: calls[0]!, tensor: 0 })),
    outputs: outputs.map((layer) => ({ call: inner.get(layer)!.calls[0]!, tensor: 0 })),
  };
  const json = { class_name: 'Model', name, config: writeNetwork({ name }, own) };
  const whole: FreeLayer = { name, json, base: 0, calls: [] };
  for (let time = 0; time < count; time++)
    whole.calls.push({ layer: whole, inputs: given.map((refs) => refs[time]!), arguments: {} });
  const refs = new Map(
    outputs.flatMap((layer, tensor) =>
      layer.calls.map((call) => [call, { call: whole.calls[times.get(call)!]!, tensor }]),
    ),
  );
  return { layer: whole, refs };
}

/** It has the shape that the calls agree on: see `LayersView`. */
function inputLayer(name: string, refs: readonly FreeRef[]): FreeLayer {
  const types = refs.map(({ call }) =>
    call.layer.layer?.className === 'InputLayer' ? call.layer.layer.config.dtype : undefined,
  );
  const dtype = types.find((type) => type !== undefined && type !== 'float32') ?? 'float32';
  const layer: FreeLayer = {
    name,
    json: { class_name: 'InputLayer', name, config: { name, dtype } },
    base: 0,
    calls: [],
  };
  layer.calls.push({ layer, inputs: [], arguments: {} });
  return layer;
}

/** By the caller, by what is in no group, by another group, by a call of another time, or not as members read one another. */
function isReadOutside(layer: FreeLayer, group: Group, { layers, outputs }: FreeNetwork): boolean {
  if (outputs.some(({ call }) => call.layer === layer)) return true;
  return layers.some((reader) =>
    reader.calls.some(({ inputs }) =>
      inputs.some(
        ({ call }, place) =>
          call.layer === layer && !(group.layers.includes(reader) && memberAt(reader, place, group) === layer),
      ),
    ),
  );
}

function ungroupNetwork(json: JsonObject, groups: ReadonlySet<string>): JsonObject {
  const network = readNetwork(json);
  if (network.kind === 'sequential' || !network.layers.some(({ name }) => groups.has(name))) return json;
  const free = freeNetwork(network);
  const moved = new Map<FreeCall, (tensor: number) => FreeRef>();
  const resolve = (ref: FreeRef): FreeRef => {
    const next = moved.get(ref.call);
    return next ? resolve(next(ref.tensor)) : ref;
  };
  const layers = free.layers.flatMap((layer) => {
    if (!groups.has(layer.name)) return [layer];
    const inner = freeNetwork(layer.layer!.nested!);
    const inputs = inner.inputs.map(({ call }) => call.layer);
    const own = inner.layers
      .filter((each) => !inputs.includes(each))
      .map((each): FreeLayer => ({ ...each, calls: [] }));
    const byName = new Map(own.map((each) => [each.name, each]));
    for (const whole of layer.calls) {
      // Nothing is called twice within a group, but for what is new there.
      const calls = new Map<FreeCall, FreeRef['call']>();
      for (const call of inner.layers.flatMap((each) => each.calls))
        if (byName.has(call.layer.name)) {
          const copy = { ...call, layer: byName.get(call.layer.name)! };
          copy.layer.calls.push(copy);
          calls.set(call, copy);
        }
      const within = ({ call, tensor }: FreeRef): FreeRef => {
        const copy = calls.get(call);
        return copy ? { call: copy, tensor } : whole.inputs[inputs.indexOf(call.layer)]!;
      };
      for (const copy of calls.values()) copy.inputs = copy.inputs.map(within);
      moved.set(whole, (tensor) => within(inner.outputs[tensor]!));
    }
    return own;
  });
  for (const { calls } of layers) for (const call of calls) call.inputs = call.inputs.map(resolve);
  const config = writeNetwork(json.config as JsonObject, {
    layers,
    inputs: free.inputs,
    outputs: free.outputs.map(resolve),
  });
  return { ...json, config };
}
