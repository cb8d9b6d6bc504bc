/** The function of the model that a region is in, at any depth. */
import type { Region } from '../analysis/region.ts';
import type { OnnxFunction } from '../proto/function.ts';

export function functionAround({ scope, around }: Region): OnnxFunction | undefined {
  if (around) return functionAround(around.region);
  return [...scope.model.functions.values()].find(({ graph }) => graph === scope.graph);
}
