/** Weights that are read only when needed. A plan is made without them; a fusion reads them once and lets them go. */

/** A tensor of the model that weights are made of. The adapter loads it before a fusion reads it. */
export interface WeightSource {
  /** Whether `read` may be called now. */
  readonly loaded: boolean;
  load(): Promise<void>;
  release(): void;
  /** All values as float64, in the tensor's own order. */
  read(): Float64Array;
}

/** Results already read while one fusion is carried out. */
export type Memo = Map<LazyArray, Float64Array>;

/** A float64 array known by its length, and read on demand. Never modify what `readArray` returns. */
export interface LazyArray {
  readonly length: number;
  /** All values equal this, known without reading. */
  readonly constant?: number;
  readonly sources: readonly WeightSource[];
  /** About how many multiply-adds it takes to compute. */
  readonly work: number;
  /** Uncached; use `readArray`. */
  compute(memo: Memo): Float64Array;
}

/** Values at hand. */
export function arrayOf(values: Float64Array): LazyArray {
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
  compute: (memo: Memo) => Float64Array,
  ownWork: number = length,
): LazyArray {
  const work = inputs.reduce((sum, input) => sum + input.work, ownWork);
  const sources = [...new Set(inputs.flatMap((input) => input.sources))];
  return { length, sources, work, compute: keepShort(length, compute) };
}

/** Short arrays, which plans ask for again and again, are kept once computed. */
function keepShort(length: number, compute: LazyArray['compute']): LazyArray['compute'] {
  if (length > 4096) return compute;
  let kept: Float64Array | undefined;
  return (memo) => {
    kept ??= compute(memo);
    return kept;
  };
}

export function readArray(array: LazyArray, memo: Memo = new Map()): Float64Array {
  const known = memo.get(array);
  if (known) return known;
  const values = array.compute(memo);
  memo.set(array, values);
  return values;
}

/** Cheap and at hand: may be read while planning. */
export function isReady(array: LazyArray): boolean {
  return array.work <= 65_536 && array.sources.every((source) => source.loaded);
}
