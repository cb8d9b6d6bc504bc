/** Values that are not in the model, and those that they belong to. */
import type { Graph, Value, ValueId } from '@reparam/core';

/** The value itself, or the one in the model that it is a movement of. */
export function modelValue(graph: Graph, id: ValueId): Value {
  const value = graph.values[id]!;
  return value.moved?.steps ? modelValue(graph, value.moved.source) : value;
}
