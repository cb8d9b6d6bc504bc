/** A list of whole numbers or sizes. */
import type { Size } from '@reparam/core';
import { DataType } from '../elements/data-type.ts';
import { numbersOf } from './constant.ts';
import type { Scope } from './scope.ts';

/** Entries of a list, or one number; null where an entry is not known. */
export type SizeList = readonly (Size | null)[];

/** A constant as a list, if it is short enough to be one. */
export function constantSizes(scope: Scope, name: string): SizeList | undefined {
  const constant = scope.constant(name);
  const isList = constant && constant.dims.length <= 1 && constant.values.length <= 16;
  return isList && WHOLE.has(constant.dataType) ? numbersOf(constant) : undefined;
}

export const WHOLE: ReadonlySet<number> = new Set([DataType.INT32, DataType.INT64]);
