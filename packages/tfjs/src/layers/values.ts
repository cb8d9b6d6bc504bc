/** Names of the values in a network: what each output of each call is called. */
import type { Call, Network, TensorRef } from './topology.ts';

export interface ValueNames {
  nameOf(ref: TensorRef): string;
  /** Names of the outputs of a call that are read, in order. */
  outputsOf(call: Call): string[];
}

/** A layer's only output has the layer's name. */
export function nameValues(network: Network): ValueNames {
  const calls = new Map<string, number>();
  for (const { layer } of network.calls) calls.set(layer.name, (calls.get(layer.name) ?? 0) + 1);
  const counts = new Map<string, number>();
  const refs = [...network.inputs, ...network.outputs, ...network.calls.flatMap(({ inputs }) => inputs)];
  for (const { layer, node, tensor } of refs) {
    const key = `${layer} ${node}`;
    counts.set(key, Math.max(counts.get(key) ?? 1, tensor + 1));
  }
  const nameOf = ({ layer, node, tensor }: TensorRef) =>
    calls.get(layer) === 1 && tensor === 0 ? layer : `${layer}:${node}:${tensor}`;
  return {
    nameOf,
    outputsOf: ({ layer, node }) =>
      Array.from({ length: counts.get(`${layer.name} ${node}`) ?? 1 }, (_, tensor) =>
        nameOf({ layer: layer.name, node, tensor }),
      ),
  };
}
