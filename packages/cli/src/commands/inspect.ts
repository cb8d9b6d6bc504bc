/** `inspect`: what would fuse into what, and what would not and why. */

import { resolve } from 'node:path';
import { type Report, reparameterize } from '@reparam/onnx';
import { reparameterizeFile } from '@reparam/onnx/node';
import { adviceFor } from '../advice.ts';
import { STANDARD } from '../files/list-inputs.ts';
import { readStdin } from '../files/stdin.ts';
import { type ModelFlags, toOptions } from '../flags/model-flags.ts';
import type { OutputFlags } from '../flags/output-flags.ts';
import type { Io } from '../io.ts';
import { openTerminal, type Terminal, toJson } from '../terminal.ts';
import { summaryLine } from '../view/amount-change.ts';
import { FUSION_COLUMNS } from '../view/fusion-table.ts';
import { printable, printableDeep } from '../view/printable.ts';
import { groupRefusals } from '../view/refusal-groups.ts';
import { renderCsv, renderMarkdown, renderTable } from '../view/table.ts';

export type InspectFlags = ModelFlags & OutputFlags & { readonly all: boolean };

export async function inspect(path: string, flags: InspectFlags, io: Io): Promise<number> {
  const terminal = openTerminal(io, flags);
  const start = Date.now();
  const options = { ...toOptions(flags), dryRun: true, ...(io.signal && { signal: io.signal }) };
  const report =
    path === STANDARD
      ? (await reparameterize(await readStdin(io), options)).report
      : await reparameterizeFile(resolve(io.cwd, path), null, options);
  const seconds = (Date.now() - start) / 1000;
  const fusions = printableDeep(report.fusions);
  if (flags.format === 'json') terminal.print(toJson(report));
  else if (flags.format === 'csv') terminal.print(renderCsv(FUSION_COLUMNS, fusions));
  else if (flags.format === 'md') terminal.print(renderMarkdown(FUSION_COLUMNS, fusions));
  else printReport({ ...report, fusions }, flags.all, terminal);
  const rest = { input: path, output: null, written: false, verification: null, advice: null, failure: null };
  if (flags.format === 'table') terminal.note(summaryLine({ ...rest, report, seconds }));
  return 0;
}

function printReport(report: Report, all: boolean, terminal: Terminal): void {
  const { bold, dim } = terminal.colors;
  if (report.fusions.length > 0) terminal.print(`${renderTable(FUSION_COLUMNS, report.fusions, bold)}\n`);
  for (const { reason, message, hint, places } of groupRefusals(report.refusals)) {
    terminal.print(`${bold(reason)} (${places.length}): ${printable(message)}`);
    terminal.print(dim(`  ${printable(hint)}`));
    for (const nodes of places.slice(0, all ? places.length : 2)) {
      terminal.print(`  ${nodes.map(({ opType, name }) => `${printable(opType)} ${printable(name)}`).join(' -> ')}`);
    }
    if (!all && places.length > 2) terminal.print(dim(`  and ${places.length - 2} more (--all lists them)`));
  }
  const advice = adviceFor(report);
  if (advice !== null) terminal.note(advice);
}
