/** Prints what `convert` did, in each format. */

import { type Conversion, documentOf } from '../conversion.ts';
import { frozenWeights, isChanged, type Report } from '../report.ts';
import { type Terminal, toJson } from '../terminal.ts';
import { summaryLine } from './amount-change.ts';
import { CSV_COLUMNS, summaryColumns } from './conversion-table.ts';
import { explainDifference } from './difference.ts';
import { FUSION_COLUMNS } from './fusion-table.ts';
import { printableDeep } from './printable.ts';
import { formatSeconds, plural } from './quantity.ts';
import { renderCsv, renderMarkdown, renderTable } from './table.ts';

type Done = Conversion & { readonly report: Report };

/** Fusions that are listed; `inspect` lists all. */
const MOST_ROWS = 20;

export function printConversions(conversions: readonly Conversion[], terminal: Terminal): void {
  const { format, quiet } = terminal.flags;
  const clean = printableDeep(conversions);
  if (format === 'json') terminal.print(toJson(documentOf('convert', conversions)));
  else if (format === 'csv') terminal.print(renderCsv(CSV_COLUMNS, clean));
  else if (format === 'md') printMarkdown(clean, terminal);
  else if (!quiet && clean.length === 1 && clean[0]!.report) printOne(clean[0] as Done, terminal);
  else if (!quiet) printSeveral(clean, terminal);
  for (const { input, failure, verification } of clean) {
    if (failure) terminal.fail(clean.length === 1 ? failure.message : `${input}: ${failure.message}`, failure.hint);
    if (verification?.failure) terminal.fail(`${input}: ${explainDifference(verification.failure)}`, NOT_KEPT);
  }
}

const NOT_KEPT =
  'The new model was not kept. Try --range or --input if the random inputs do not suit it; else please report it.';

function printOne(conversion: Done, terminal: Terminal): void {
  const { report, output, advice } = conversion;
  const { colors } = terminal;
  terminal.note(colors.bold(titleOf(conversion)));
  if (report.fusions.length > 0) {
    terminal.note('');
    terminal.note(renderTable(FUSION_COLUMNS, report.fusions.slice(0, MOST_ROWS), colors.dim));
    const more = report.fusions.length - MOST_ROWS;
    if (more > 0) terminal.note(colors.dim(`and ${more} more; reparam inspect lists all`));
    terminal.note('');
  }
  for (const line of remarks(conversion)) terminal.note(colors.dim(line));
  if (advice) terminal.note(output === null ? advice : `${advice}${copied(conversion)}`);
  terminal.note(summaryLine(conversion));
}

function titleOf({ input, output, written }: Conversion): string {
  if (output === null) return `${input} (nothing is written)`;
  return written ? `${input} -> ${output}` : `${input} (not written)`;
}

function copied({ report, written }: Conversion): string {
  return written && report && !isChanged(report) ? ' The input was copied unchanged.' : '';
}

function remarks({ report, verification }: Done): string[] {
  const { refusals, assumedSizes } = report;
  const lines: string[] = [];
  const sizes = Object.entries(assumedSizes).map(([name, size]) => `${name} = ${size}`);
  if (sizes.length > 0) lines.push(`multiply-adds are counted at ${sizes.join(', ')}`);
  const frozen = frozenWeights(report);
  if (frozen > 0) lines.push(`${plural(frozen, 'weight')} can no longer be overridden`);
  if (refusals.length > 0) lines.push(`${plural(refusals.length, 'place')} left alone; reparam inspect says why`);
  if (verification?.equal) {
    const { runtime, cases } = verification;
    lines.push(`verified equal (${runtime.name} ${runtime.version}, ${plural(cases.length, 'run')})`);
  }
  return lines;
}

function printSeveral(conversions: readonly Conversion[], { colors, note }: Terminal): void {
  const verified = conversions.some(({ verification }) => verification !== null);
  note(renderTable(summaryColumns(verified), conversions, colors.dim));
  note('');
  for (const advice of new Set(conversions.flatMap(({ advice }) => advice ?? []))) note(advice);
  note(totals(conversions));
}

function totals(conversions: readonly Conversion[]): string {
  const failed = conversions.filter(({ failure }) => failure !== null).length;
  const fusions = conversions.reduce((sum, { report }) => sum + (report?.fusions.length ?? 0), 0);
  const seconds = conversions.reduce((sum, conversion) => sum + conversion.seconds, 0);
  const parts = [plural(conversions.length, 'file'), plural(fusions, 'fusion'), formatSeconds(seconds)];
  return failed > 0 ? `${parts.join(', ')}, ${failed} failed` : parts.join(', ');
}

function printMarkdown(conversions: readonly Conversion[], { print }: Terminal): void {
  const verified = conversions.some(({ verification }) => verification !== null);
  print(renderMarkdown(summaryColumns(verified), conversions));
  for (const advice of new Set(conversions.flatMap(({ advice }) => advice ?? []))) print(`\n${advice}`);
  const fusions = conversions.length === 1 ? (conversions[0]!.report?.fusions ?? []) : [];
  if (fusions.length > 0) print(`\n${renderMarkdown(FUSION_COLUMNS, fusions)}`);
}
