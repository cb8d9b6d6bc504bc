/** `12.3 M -> 7.1 M`: sizes before and after. */

import type { Conversion } from '../conversion.ts';
import type { Report } from '../report.ts';
import { formatBytes, formatCount, formatError, formatSeconds } from './quantity.ts';

export function formatChange(before: string, after: string): string {
  return before === after ? before : `${before} -> ${after}`;
}

/** The largest difference that any proof found; null where nothing was fused. */
export function largestError({ fusions }: Report): number | null {
  return fusions.length === 0 ? null : Math.max(...fusions.map(({ error }) => error));
}

/** The largest relative difference in ONNX Runtime, with `--verify`. */
export function verifiedError({ verification }: Conversion): number | null {
  const outputs = verification?.outputs ?? [];
  return outputs.length === 0 ? null : Math.max(...outputs.map(({ maxRelative }) => maxRelative));
}

/** The last line of a conversion: sizes, operators, multiply-adds, largest error, time. */
export function summaryLine(conversion: Conversion & { readonly report: Report }): string {
  const { report, seconds } = conversion;
  const { before, after } = report;
  return [
    formatChange(formatBytes(before.bytes), formatBytes(after.bytes)),
    `${formatChange(String(before.operators), String(after.operators))} operators`,
    `${formatChange(formatCount(before.macs), formatCount(after.macs))} multiply-adds`,
    errorPhrase(conversion),
    formatSeconds(seconds),
  ].join(', ');
}

function errorPhrase(conversion: Conversion & { readonly report: Report }): string {
  const proof = largestError(conversion.report);
  const { verification } = conversion;
  const measured = verifiedError(conversion);
  if (proof === null) return 'largest error 0 (unchanged)';
  const phrase = `largest error ${formatError(proof)} in float64`;
  return measured === null ? phrase : `${phrase}, ${formatError(measured)} in ${verification!.runtime.name}`;
}
