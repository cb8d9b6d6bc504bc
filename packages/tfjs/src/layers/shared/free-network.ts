/** A functional model whose calls refer to one another, so that layers can come and go; numbers of calls are given when it is written. */
import { FormatError } from '@reparam/core';
import type { JsonObject } from '../../json.ts';
import type { Layer, Network, TensorRef } from '../topology.ts';

export interface FreeLayer {
  readonly name: string;
  readonly json: JsonObject;
  /** As it was read; absent for one that is new. */
  readonly layer?: Layer;
  /** Number of its first call: 1 where a nested model's own graph is its first. */
  readonly base: number;
  /** In the order in which TensorFlow.js makes them. */
  readonly calls: FreeCall[];
}

export interface FreeCall {
  readonly layer: FreeLayer;
  inputs: readonly FreeRef[];
  readonly arguments: JsonObject;
}

/** One output of a call. */
export interface FreeRef {
  readonly call: FreeCall;
  readonly tensor: number;
}

export interface FreeNetwork {
  readonly layers: readonly FreeLayer[];
  readonly inputs: readonly FreeRef[];
  readonly outputs: readonly FreeRef[];
}

export function freeNetwork(network: Network): FreeNetwork {
  const layers = new Map(
    network.layers.map((layer): [Layer, FreeLayer] => {
      const nodes = network.calls.filter((call) => call.layer === layer).map(({ node }) => node);
      const base = nodes.length === 0 ? 0 : Math.min(...nodes);
      return [layer, { name: layer.name, json: layer.json, layer, base, calls: [] }];
    }),
  );
  const calls = new Map<string, FreeCall>();
  const refOf = ({ layer, node, tensor }: TensorRef): FreeRef => ({ call: calls.get(`${node} ${layer}`)!, tensor });
  for (const { layer, node, inputs, arguments: given } of network.calls) {
    const own = layers.get(layer)!;
    const call = { layer: own, inputs: inputs.map(refOf), arguments: given };
    own.calls.push(call);
    calls.set(`${node} ${layer.name}`, call);
  }
  return {
    layers: [...layers.values()],
    inputs: network.inputs.map(refOf),
    outputs: network.outputs.map(refOf),
  };
}

/** The configuration with these layers, their calls numbered as TensorFlow.js does: see `readCalls`. */
export function writeNetwork(config: JsonObject, { layers, inputs, outputs }: FreeNetwork): JsonObject {
  const numbers = new Map<FreeCall, number>();
  const order = new Map(layers.map((layer): [FreeLayer, FreeCall[]] => [layer, []]));
  const make = (call: FreeCall) => {
    const made = order.get(call.layer)!;
    numbers.set(call, call.layer.base + made.length);
    made.push(call);
  };
  const calls = layers.flatMap((layer) => layer.calls);
  for (const call of calls) if (call.inputs.length === 0) make(call); // inputs are there from the start
  for (let before = -1; before < numbers.size; ) {
    before = numbers.size;
    for (const call of calls) if (!numbers.has(call) && call.inputs.every((ref) => numbers.has(ref.call))) make(call);
  }
  if (numbers.size < calls.length)
    throw new FormatError('calls of shared layers wait for one another', { code: 'internal' });
  const place = ({ call, tensor }: FreeRef) => [call.layer.name, numbers.get(call)!, tensor];
  const written = layers.map((layer) => ({
    ...layer.json,
    inbound_nodes: order
      .get(layer)!
      .filter((call) => call.inputs.length > 0)
      .map((call) =>
        call.inputs.map((ref, at) => [...place(ref), at === call.inputs.length - 1 ? call.arguments : {}]),
      ),
  }));
  return { ...config, layers: written, input_layers: inputs.map(place), output_layers: outputs.map(place) };
}
