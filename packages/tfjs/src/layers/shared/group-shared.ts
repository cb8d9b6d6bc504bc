/** Layers that are shared together as nested models, inside of which the conversion sees them called once; and the way back. */
import { freshName } from '../../convert/fresh-name.ts';
import { isObject, type JsonObject } from '../../json.ts';
import { findModelConfig, type Network, readNetwork } from '../topology.ts';
import { findGroups } from './find-groups.ts';
import { type FreeRef, freeNetwork, writeNetwork } from './free-network.ts';
import { ungroupNetwork } from './ungroup-network.ts';
import { writeGroup } from './write-group.ts';

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
