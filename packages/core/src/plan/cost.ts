/** What a form of a value costs: multiply-adds first, then operators, then bytes moved. */
import type { Size } from '../size.ts';
import { sizeAt } from '../size.ts';

export interface Cost {
  /** Multiply-adds; an addition or a multiplication alone counts as one. */
  readonly macs: number;
  /** Bytes read and written, four a number. */
  readonly bytes: number;
  readonly operators: number;
}

export const noCost: Cost = { macs: 0, bytes: 0, operators: 0 };

export function addCosts(...costs: readonly Cost[]): Cost {
  return costs.reduce(
    (sum, cost) => ({
      macs: sum.macs + cost.macs,
      bytes: sum.bytes + cost.bytes,
      operators: sum.operators + cost.operators,
    }),
    noCost,
  );
}

export function subtractCosts(a: Cost, b: Cost): Cost {
  return { macs: a.macs - b.macs, bytes: a.bytes - b.bytes, operators: a.operators - b.operators };
}

/** Below zero where a is strictly cheaper. */
export function compareCosts(a: Cost, b: Cost): number {
  return a.macs - b.macs || a.operators - b.operators || a.bytes - b.bytes;
}

/** Multiply-adds that a processor does while it moves one byte to or from memory; of this order on phones and desktops alike. */
const macsPerByte = 4;

/**
 * A change is taken if it is strictly cheaper; but never for more operators, which cost time that no price here counts, nor where the
 * bytes it adds (weights, mostly) cost more than the multiply-adds it saves.
 */
export function isGain(saved: Cost): boolean {
  return compareCosts(saved, noCost) > 0 && saved.operators >= 0 && saved.macs + macsPerByte * saved.bytes >= 0;
}

/** Stands for every symbolic size when prices are compared; large, so that prices compare per position. */
const nominalSize = 256;

/** Number of elements, symbols at their nominal size. */
export function nominalElements(shape: readonly Size[]): number {
  return shape.reduce<number>((product, size) => product * Math.max(1, sizeAt(size, nominalSize)), 1);
}
