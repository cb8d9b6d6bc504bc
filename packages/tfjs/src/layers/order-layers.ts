/** The order in which a network with shared layers is listed. */
import type { NewLayer } from './rebuild.ts';

/**
 * TensorFlow.js numbers the calls of a shared layer as their inputs appear, in passes over the list. Where every layer comes after all
 * that it reads, that is the order in which its calls are listed. Without shared layers the order says nothing, and stays.
 */
export function orderLayers(layers: readonly NewLayer[], layerOf: (value: string) => string): readonly NewLayer[] {
  if (layers.every(({ calls }) => calls.length < 2)) return layers;
  const nameOf = ({ json }: NewLayer) => String(json.name);
  const byName = new Map(layers.map((layer) => [nameOf(layer), layer]));
  const ordered = new Set<NewLayer>();
  const open = new Set<NewLayer>();
  const place = (layer: NewLayer) => {
    if (ordered.has(layer) || open.has(layer)) return;
    open.add(layer);
    for (const { inputs } of layer.calls) for (const name of inputs) place(byName.get(layerOf(name))!);
    ordered.add(layer);
  };
  for (const layer of layers) if (layer.isInput) place(layer);
  for (const layer of layers) place(layer);
  return [...ordered];
}
