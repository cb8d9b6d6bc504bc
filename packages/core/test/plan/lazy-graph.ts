/** A graph whose larger weights are not at hand while it is planned, as those of a model in a file. */
import { type Graph, type LazyArray, readArray, sourceArray } from '../../src/index.ts';

/** Everything longer than `kept` values comes from a source that throws until `load` is called. Biases are at hand, as adapters have them. */
export function unloadWeights(graph: Graph, kept = 4): { graph: Graph; load: () => void } {
  let loaded = false;
  const unload = (array: LazyArray): LazyArray => {
    if (array.constant !== undefined || array.length <= kept) return array;
    const values = readArray(array);
    const source = {
      get loaded() {
        return loaded;
      },
      load: async () => {},
      release: () => {},
      read: () => {
        if (!loaded) throw new Error('read before it was loaded');
        return values;
      },
    };
    return sourceArray(source, array.length);
  };
  const values = graph.values.map((value) => ({
    ...value,
    definitions: value.definitions.map((affine) => ({
      ...affine,
      terms: affine.terms.map((term) => ({
        ...term,
        operator: { ...term.operator, weight: unload(term.operator.weight) },
      })),
    })),
  }));
  return {
    graph: { values },
    load: () => {
      loaded = true;
    },
  };
}
