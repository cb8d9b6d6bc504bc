/** How much rounding two equal models may differ by. */

import { DataType } from '../elements/data-type.ts';
import type { OnnxModel } from '../proto/model.ts';

/** From the coarsest type on, with room: train-time and deploy forms differ by up to 8e-6 in float32, 8e-3 in float16. */
const TOLERANCES: readonly (readonly [number, number])[] = [
  [DataType.BFLOAT16, 1e-1],
  [DataType.FLOAT16, 2e-2],
  [DataType.FLOAT, 1e-4],
  [DataType.DOUBLE, 1e-9],
];

/** Tolerance for models by the coarsest float type among their constants and declared values; 1e-4 without any. */
export function defaultTolerance(models: readonly OnnxModel[]): number {
  const types = new Set<number | null>();
  for (const { graph } of models) {
    for (const { dataType } of graph.initializers.values()) types.add(dataType);
    for (const { elementType } of [...graph.inputs, ...graph.outputs, ...graph.valueInfos]) types.add(elementType);
  }
  return TOLERANCES.find(([type]) => types.has(type))?.[1] ?? 1e-4;
}
