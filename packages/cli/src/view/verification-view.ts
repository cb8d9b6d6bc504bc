/** Prints what `verify` found, in each format. */

import type { HeldChoice, VerifiedOutput, VerifyReport } from '@reparam/onnx/verify';
import { type Terminal, toJson } from '../terminal.ts';
import { readVersion } from '../version.ts';
import { explainDifference } from './difference.ts';
import { printableDeep } from './printable.ts';
import { formatDims, formatError, plural } from './quantity.ts';
import { type Column, numberColumn, renderCsv, renderMarkdown, renderTable } from './table.ts';

export interface Verification {
  readonly a: string;
  readonly b: string;
  readonly report: VerifyReport;
}

const COLUMNS: readonly Column<VerifiedOutput>[] = [
  { title: 'output', key: 'output', value: ({ name }) => name },
  { title: 'type', key: 'type', value: ({ type }) => type },
  { title: 'result', key: 'equal', value: ({ equal }) => (equal ? 'equal' : 'different') },
  numberColumn('largest difference', 'largest_absolute', ({ maxAbsolute }) => maxAbsolute, formatError),
  numberColumn('relative', 'largest_relative', ({ maxRelative }) => maxRelative, formatError),
  numberColumn(
    'signal to noise',
    'snr_db',
    ({ snr }) => snr,
    (value) => `${value.toFixed(1)} dB`,
  ),
  numberColumn(
    'top-1 agreement',
    'top1',
    ({ top1 }) => top1,
    (value) => `${(value * 100).toFixed(2)} %`,
  ),
];

export function printVerification(verification: Verification, terminal: Terminal): void {
  const { format } = terminal.flags;
  const { a, b, report } = printableDeep(verification);
  const verdict = verdictOf({ a, b, report });
  if (format === 'json') terminal.print(toJson({ reparam: readVersion(), command: 'verify', ...verification }));
  else if (format === 'csv') terminal.print(renderCsv(COLUMNS, report.outputs));
  else if (format === 'md') terminal.print(`${renderMarkdown(COLUMNS, report.outputs)}\n\n${verdict}`);
  else printText({ a, b, report }, verdict, terminal);
  if (format === 'csv' && !report.equal) terminal.fail(verdict);
}

function printText({ a, b, report }: Verification, verdict: string, { colors, note, flags, fail }: Terminal): void {
  if (report.outputs.length > 0) note(`${renderTable(COLUMNS, report.outputs, colors.dim)}\n`);
  for (const { family, choices, shapes } of report.cases)
    if (choices)
      note(
        colors.dim(
          `compared with the choices of ${a} (${family}, ${formatShapes(shapes)}): ${b} by itself chooses otherwise in ${listChoices(choices)}`,
        ),
      );
  for (const { family, reason, shapes } of report.skipped)
    note(colors.dim(`not compared (${family}, ${formatShapes(shapes)}): ${reason}`));
  if (report.equal) note(`${colors.green('equal')}${verdict.slice('equal'.length)}`);
  else if (flags.quiet) fail(verdict);
  else note(`${colors.red('different')}${verdict.slice('different'.length)}`);
}

const MOST_CHOICES = 3;

function listChoices(choices: readonly HeldChoice[]): string {
  const shown = choices
    .slice(0, MOST_CHOICES)
    .map(({ name, operator, maxRelative }) => `${operator} "${name}", of values equal to ${formatError(maxRelative)}`);
  const hidden = choices.length - shown.length;
  return [...shown, ...(hidden > 0 ? [`${hidden} more`] : [])].join(', and ');
}

function verdictOf({ a, b, report }: Verification): string {
  const { cases, tolerance, runtime, failure } = report;
  if (failure) return `different: ${explainDifference(failure)}${caseOf(report)}`;
  const shapes = [...new Set(cases.map((item) => formatShapes(item.shapes)))];
  const places = shapes.length > 3 ? `${shapes.length} shapes` : shapes.join(' and ');
  const runs = `${plural(cases.length, 'run')} at ${places}`;
  return `equal: ${a} and ${b} agree within ${tolerance} in ${runs} (${runtime.name} ${runtime.version}).`;
}

function caseOf({ failure }: VerifyReport): string {
  return failure?.case ? ` Inputs: ${failure.case.family}, ${formatShapes(failure.case.shapes)}.` : '';
}

function formatShapes(shapes: Readonly<Record<string, readonly number[]>>): string {
  return (
    Object.entries(shapes)
      .map(([name, dims]) => `${name} ${formatDims(dims)}`)
      .join(', ') || 'no inputs'
  );
}
