/** A group of layers as a nested model. */
import { type Group, memberAt } from './find-groups.ts';
import { type FreeCall, type FreeLayer, type FreeNetwork, type FreeRef, writeNetwork } from './free-network.ts';

export interface WrittenGroup {
  readonly layer: FreeLayer;
  /** What the calls of its members have become, where they are read from outside. */
  readonly refs: ReadonlyMap<FreeCall, FreeRef>;
}

/** A nested model of the group's layers, and a layer that calls it as often as they were called. */
export function writeGroup(name: string, group: Group, network: FreeNetwork): WrittenGroup {
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
