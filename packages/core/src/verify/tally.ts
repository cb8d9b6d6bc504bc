/** Adds up comparisons, output by output and case by case. */

import type { Comparison } from './compare.ts';
import type { VerifiedCase, VerifiedOutput, VerifyCase } from './verify-report.ts';

/** An output's name and type, and how it compares in one case. */
export interface ComparedOutput {
  readonly name: string;
  readonly type: string;
  readonly comparison: Comparison;
}

/** All comparisons of one case in one line. */
export function summarizeCase(verifyCase: VerifyCase, outputs: readonly ComparedOutput[]): VerifiedCase {
  const comparisons = outputs.map(({ comparison }) => comparison);
  return {
    ...verifyCase,
    equal: comparisons.every(({ difference }) => difference === null),
    maxAbsolute: Math.max(...comparisons.map(({ maxAbsolute }) => maxAbsolute)),
    maxRelative: Math.max(...comparisons.map(({ maxRelative }) => maxRelative)),
  };
}

/** All comparisons of each output in one line; outputs in the order in which they came first. */
export function summarizeOutputs(outputs: readonly ComparedOutput[]): VerifiedOutput[] {
  const byName = new Map<string, ComparedOutput[]>();
  for (const output of outputs) byName.set(output.name, [...(byName.get(output.name) ?? []), output]);
  return [...byName.values()].map(summarizeOutput);
}

function summarizeOutput(compared: readonly ComparedOutput[]): VerifiedOutput {
  const { name, type } = compared[0]!;
  const comparisons = compared.map(({ comparison }) => comparison);
  const ratios = comparisons.flatMap(({ snr }) => snr ?? []);
  const matrices = comparisons.flatMap(({ top1 }) => top1 ?? []);
  const rows = matrices.reduce((sum, matrix) => sum + matrix.rows, 0);
  return {
    name,
    type,
    equal: comparisons.every(({ difference }) => difference === null),
    maxAbsolute: Math.max(...comparisons.map(({ maxAbsolute }) => maxAbsolute)),
    maxRelative: Math.max(...comparisons.map(({ maxRelative }) => maxRelative)),
    snr: ratios.length > 0 ? Math.min(...ratios) : null,
    top1: rows > 0 ? matrices.reduce((sum, { agreed }) => sum + agreed, 0) / rows : null,
    nonFinite: comparisons.reduce((sum, { nonFinite }) => sum + nonFinite, 0),
  };
}
