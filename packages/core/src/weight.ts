/** Weights that are read only when needed. A plan is made without them; a fusion reads them once and lets them go. */

import type { Scratch } from './scratch.ts';

/**
 * Values to read: float64, or a view of a model's float32 ones as they are, in half the memory. Compute new ones in a
 * Float64Array: `map` on a float32 view would round.
 */
export type Values = Float64Array | Float32Array;

/** A tensor of the model that weights are made of. The adapter loads it before a fusion reads it. */
export interface WeightSource {
  /** Whether `read` may be called now. */
  readonly loaded: boolean;
  load(): Promise<void>;
  release(): void;
  /** All values, in the tensor's own order; valid until `release`. */
  read(): Values;
}

/** Results already read while one fusion is carried out, and the memory that new ones are computed in. */
export type Memo = Map<LazyArray, Values> & { readonly scratch?: Scratch };

/** An array known by its length, and read on demand. Never modify what `readArray` returns. */
export interface LazyArray {
  readonly length: number;
  /** All values equal this, known without reading. */
  readonly constant?: number;
  readonly sources: readonly WeightSource[];
  /** About how many multiply-adds it takes to compute. */
  readonly work: number;
  /** Uncached; use `readArray`. */
  compute(memo: Memo): Values;
}

/** Values at hand. */
export function arrayOf(values: Values): LazyArray {
  return { length: values.length, sources: [], work: 0, compute: () => values };
}

export function constantArray(length: number, constant: number): LazyArray {
  return { length, constant, sources: [], work: 0, compute: () => new Float64Array(length).fill(constant) };
}

/** Values of a model's tensor. */
export function sourceArray(source: WeightSource, length: number): LazyArray {
  return { length, sources: [source], work: length, compute: keepShort(length, () => source.read()) };
}

/** Values computed from others, by `ownWork` multiply-adds. */
export function derivedArray(
  length: number,
  inputs: readonly LazyArray[],
  compute: (memo: Memo) => Values,
  ownWork: number = length,
): LazyArray {
  const work = inputs.reduce((sum, input) => sum + input.work, ownWork);
  return { length, sources: unionSources(inputs), work, compute: keepShort(length, compute) };
}

/** Most arrays are made of one that has sources and of others that have none, or the same. */
function unionSources(inputs: readonly LazyArray[]): readonly WeightSource[] {
  const lists = new Set(inputs.map((input) => input.sources).filter((sources) => sources.length > 0));
  const [first = [], ...others] = lists;
  return others.length === 0 ? first : [...new Set([first, ...others].flat())];
}

const SHORT = 4096;

/** Short arrays, which plans ask for again and again, are kept once computed. */
function keepShort(length: number, compute: LazyArray['compute']): LazyArray['compute'] {
  if (length > SHORT) return compute;
  let kept: Values | undefined;
  return (memo) => {
    kept ??= compute(memo);
    return kept;
  };
}

export function readArray(array: LazyArray, memo: Memo = new Map()): Values {
  const known = memo.get(array);
  if (known) return known;
  const values = array.compute(memo);
  memo.set(array, values);
  return values;
}

/** Values that the caller may write into: computed for it alone, where nothing else holds them, or else a copy. */
export function takeArray(array: LazyArray, memo: Memo): Float64Array {
  const values = memo.get(array) ?? array.compute(memo);
  const isFree = memo.scratch?.holds(values) && ![...memo.values()].includes(values);
  if (isFree) return values as Float64Array;
  const copy = newArray(array.length, memo);
  copy.set(values);
  return copy;
}

/** Zeros to compute in. Short arrays may be kept, so they are never taken from the memo's scratch. */
export function newArray(length: number, memo: Memo): Float64Array {
  return memo.scratch && length > SHORT ? memo.scratch.take(length) : new Float64Array(length);
}

/** Cheap and at hand: may be read while planning. */
export function isReady(array: LazyArray): boolean {
  return array.work <= 65_536 && array.sources.every((source) => source.loaded);
}

/** Each value without its sign. */
export function absoluteArray(array: LazyArray): LazyArray {
  return derivedArray(array.length, [array], (memo) => readArray(array, memo).map(Math.abs));
}
