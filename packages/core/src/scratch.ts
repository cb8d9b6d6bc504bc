/**
 * Memory that one fusion after another computes in: the first touch of fresh memory takes longer than the arithmetic there.
 * What is reserved but never touched costs nothing.
 */

export interface Scratch {
  /** An array of zeros, to be used until the next `reset`. */
  take(length: number): Float64Array;
  /** Whether an array is one of those that are out. */
  holds(values: ArrayBufferView): boolean;
  /** Takes all arrays back. */
  reset(): void;
}

/** Where one fusion takes more than `capacity` values, the rest is fresh memory. */
export function createScratch(capacity: number): Scratch {
  let memory: Float64Array | undefined;
  let [used, touched] = [0, 0];
  return {
    take(length) {
      if (used + length > capacity) return new Float64Array(length);
      memory ??= new Float64Array(capacity);
      const array = memory.subarray(used, used + length);
      memory.fill(0, used, Math.min(used + length, touched));
      used += length;
      touched = Math.max(touched, used);
      return array;
    },
    holds: ({ buffer }) => buffer === memory?.buffer,
    reset() {
      used = 0;
    },
  };
}
