/** Layers of nested models in place of those, each called as often as its model was. */
import type { JsonObject } from '../../json.ts';
import { readNetwork } from '../topology.ts';
import { type FreeCall, type FreeLayer, type FreeRef, freeNetwork, writeNetwork } from './free-network.ts';

/** The network with the layers of nested models `groups` in their place. */
export function ungroupNetwork(json: JsonObject, groups: ReadonlySet<string>): JsonObject {
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
