/** Copies of values that one layer reads twice: TensorFlow.js frees such a value before its other readers have run. */

import { freshName } from '../convert/fresh-name.ts';
import type { ViewEdits } from '../convert/model-view.ts';
import type { NewLayer } from './rebuild.ts';
import type { LayersView } from './view.ts';

/** Puts a linear activation, which copies, before the second use of a value within one call, where other calls read it too. */
export function addCopies(view: LayersView, layers: readonly NewLayer[], edits: ViewEdits): NewLayer[] {
  const resolve = (name: string) => edits.aliases.get(name) ?? name;
  const readers = new Map<string, number>();
  for (const { inputs } of layers.flatMap(({ calls }) => calls))
    for (const source of new Set(inputs.map(resolve))) readers.set(source, (readers.get(source) ?? 0) + 1);
  const isFreed = (source: string) => readers.get(source)! > 1 && !view.inputs.includes(source);
  return layers.flatMap((layer) => {
    const copies: NewLayer[] = [];
    const calls = layer.calls.map((call) => {
      const seen = new Set<string>();
      const inputs = call.inputs.map((name) => {
        const source = resolve(name);
        if (!seen.has(source) || !isFreed(source)) {
          seen.add(source);
          return name;
        }
        const copy = newCopy(freshName(`${String(layer.json.name)}_copy`, view.facts.names), name);
        copies.push(copy);
        return copy.output!;
      });
      return { ...call, inputs };
    });
    return [...copies, { ...layer, calls }];
  });
}

function newCopy(name: string, input: string): NewLayer {
  const config = { name, trainable: true, dtype: 'float32', activation: 'linear' };
  return {
    json: { class_name: 'Activation', name, config },
    calls: [{ inputs: [input], arguments: {} }],
    isInput: false,
    output: name,
  };
}
