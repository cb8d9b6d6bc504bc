/** What a form of a value costs: multiply-adds first, then bytes moved, then operators. */
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

export function addCosts(costs: readonly Cost[]): Cost {
  return costs.reduce(
    (sum, cost) => ({
      macs: sum.macs + cost.macs,
      bytes: sum.bytes + cost.bytes,
      operators: sum.operators + cost.operators,
    }),
    noCost,
  );
}

/** Below zero where a is strictly cheaper. */
export function compareCosts(a: Cost, b: Cost): number {
  return a.macs - b.macs || a.bytes - b.bytes || a.operators - b.operators;
}

/** Stands for every symbolic size when prices are compared; large, so that prices compare per position. */
const nominalSize = 256;

/** Number of elements, symbols at their nominal size. */
export function nominalElements(shape: readonly Size[]): number {
  return shape.reduce<number>((product, size) => product * Math.max(1, sizeAt(size, nominalSize)), 1);
}
