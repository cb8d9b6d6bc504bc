/** Where a network's channels are, and its first layer. */
import type { JsonObject } from '../json.ts';
import type { Layout } from './call-context.ts';
import type { Network } from './topology.ts';

/** Channels come first where a layer says so and none says otherwise. */
export function layoutOf({ layers }: Network): Layout {
  const formats = new Set(layers.map(({ config }) => config.data_format).filter((format) => format != null));
  return formats.size === 1 && formats.has('channels_first') ? 'first' : 'last';
}

export function firstConfig(network: Network): JsonObject {
  const first = network.layers[0]!;
  return first.nested ? firstConfig(first.nested) : first.config;
}
