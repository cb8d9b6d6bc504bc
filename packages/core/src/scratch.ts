/** Memory that one fusion after another computes in: first touches of fresh memory take longer than the arithmetic there. */

export interface Scratch {
  /** An array of zeros, to be used until the next `reset`. */
  take(length: number): Float64Array;
  /** Takes all arrays back. */
  reset(): void;
}

export function createScratch(): Scratch {
  let free: Float64Array[] = [];
  let taken: Float64Array[] = [];
  return {
    take(length) {
      const fitting = free.filter((array) => array.length >= length);
      const array =
        fitting.length > 0 ? fitting.reduce((best, other) => (other.length < best.length ? other : best)) : null;
      if (array) free.splice(free.indexOf(array), 1);
      const whole = array ?? new Float64Array(length);
      taken.push(whole);
      return array ? array.subarray(0, length).fill(0) : whole;
    },
    reset() {
      free = [...free, ...taken];
      taken = [];
    },
  };
}
