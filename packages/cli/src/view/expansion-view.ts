/** Prints what `expand` and `insert-norm` did, in each format. */

import type { ExpandReport } from '@reparam/onnx/expand';
import type { VerifyReport } from '@reparam/onnx/verify';
import { type Terminal, toJson } from '../terminal.ts';
import { readVersion } from '../version.ts';
import { summaryLine } from './amount-change.ts';
import { explainDifference } from './difference.ts';
import { FUSION_COLUMNS } from './fusion-table.ts';
import { refusalBranches } from './inspection-tree.ts';
import { printableDeep } from './printable.ts';
import { plural } from './quantity.ts';
import { renderCsv, renderMarkdown, renderTable } from './table.ts';
import { renderBranches } from './tree.ts';

/** As `--format json` prints it, see `schema/expand.schema.json`. */
export interface Expansion {
  readonly command: 'expand' | 'insert-norm';
  readonly input: string;
  /** null where nothing was to be written. */
  readonly output: string | null;
  readonly written: boolean;
  readonly seconds: number;
  readonly report: ExpandReport;
  readonly verification: VerifyReport | null;
}

/** Rows of a table for people. */
const MOST_ROWS = 20;

export function printExpansion(expansion: Expansion, terminal: Terminal): void {
  const { format, quiet } = terminal.flags;
  const clean = printableDeep(expansion);
  const { expansions } = clean.report;
  if (format === 'json') terminal.print(toJson({ reparam: readVersion(), ...expansion }));
  else if (format === 'csv') terminal.print(renderCsv(FUSION_COLUMNS, expansions));
  else if (format === 'md') terminal.print(`${renderMarkdown(FUSION_COLUMNS, expansions)}\n\n${lastLine(clean)}`);
  else if (!quiet) printText(clean, terminal);
  const failure = clean.verification?.failure;
  if (failure) terminal.fail(`${clean.input}: ${explainDifference(failure)}`, 'The new model was not kept.');
}

function printText(expansion: Expansion, { colors, note }: Terminal): void {
  const { input, output, written, report, verification } = expansion;
  const { expansions, refusals } = report;
  const target = output === null ? ' (nothing is written)' : written ? ` -> ${output}` : ' (not written)';
  note(`${colors.bold(`${input}${target}`)}\n`);
  note(renderTable(FUSION_COLUMNS, expansions.slice(0, MOST_ROWS), colors.dim));
  if (expansions.length > MOST_ROWS) note(colors.dim(`and ${expansions.length - MOST_ROWS} more`));
  note('');
  if (refusals.length > 0) {
    note(`${plural(refusals.length, 'layer')} left alone`);
    for (const line of renderBranches(refusalBranches(refusals, false, colors))) note(line);
    note('');
  }
  if (verification?.equal)
    note(colors.dim(`verified equal (${verification.runtime.name} ${verification.runtime.version})`));
  note(lastLine(expansion));
}

function lastLine({ report, ...rest }: Expansion): string {
  return summaryLine({
    ...rest,
    report: { ...report, fusions: report.expansions },
    findings: null,
    quantization: null,
    advice: null,
    failure: null,
  });
}
