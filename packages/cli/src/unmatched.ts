/** Warns of patterns of --only and --skip that match nothing: most often a typing error. */

import type { Report } from '@reparam/onnx';
import { printWarning } from './failure.ts';
import type { Io } from './io.ts';

/** A pattern that matches in one of several files is none of them. */
export function warnUnmatched(reports: readonly (Pick<Report, 'unmatchedPatterns'> | null)[], io: Io): void {
  const [first, ...others] = reports.flatMap((report) => (report ? [report.unmatchedPatterns] : []));
  const unmatched = new Set(first?.filter((pattern) => others.every((patterns) => patterns.includes(pattern))));
  for (const pattern of unmatched)
    printWarning(io, `"${pattern}" of --only or --skip matches no node name, output or operator type`);
}
