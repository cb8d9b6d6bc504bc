/** Prints what `bench` measured, in each format. */

import type { BenchReport, BenchResult } from '@reparam/onnx/verify';
import { type Terminal, toJson } from '../terminal.ts';
import { readVersion } from '../version.ts';
import { printableDeep } from './printable.ts';
import { formatBytes, formatDims, formatMilliseconds, plural } from './quantity.ts';
import { type Column, numberColumn, renderCsv, renderMarkdown, renderTable } from './table.ts';

interface Measured extends BenchResult {
  /** File size, external data included. */
  readonly bytes: number;
}

export interface Bench extends BenchReport {
  readonly models: readonly Measured[];
}

const COLUMNS: readonly Column<Measured>[] = [
  { title: 'model', key: 'model', value: ({ name }) => name },
  numberColumn('median', 'median_ms', ({ median }) => median, formatMilliseconds),
  numberColumn('first quartile', 'quartile1_ms', ({ quartiles }) => quartiles[0], formatMilliseconds),
  numberColumn('third quartile', 'quartile3_ms', ({ quartiles }) => quartiles[1], formatMilliseconds),
  numberColumn(
    'ratio',
    'ratio',
    ({ ratio }) => ratio,
    (ratio) => ratio.toFixed(3),
  ),
  numberColumn('load', 'load_ms', ({ load }) => load, formatMilliseconds),
  numberColumn('size', 'bytes', ({ bytes }) => bytes, formatBytes),
];

export function printBench(bench: Bench, { flags, colors, print, note }: Terminal): void {
  const { models } = printableDeep(bench);
  if (flags.format === 'json') print(toJson({ reparam: readVersion(), command: 'bench', ...bench }));
  else if (flags.format === 'csv') print(renderCsv(COLUMNS, models));
  else if (flags.format === 'md') print(`${renderMarkdown(COLUMNS, models)}\n\n${conditions(bench)}`);
  else {
    note(`${renderTable(COLUMNS, models, colors.dim)}\n`);
    note(`${conditions(bench)}${speedUp(models)}`);
  }
}

function conditions({ runs, runtime, threads, shapes }: Bench): string {
  const inputs = Object.entries(printableDeep(shapes)).map(([name, dims]) => `${name} ${formatDims(dims)}`);
  const share = threads === null ? '' : `, ${plural(threads, 'thread')}`;
  return `${runs} runs of each in turn, ${runtime.name} ${runtime.version}${share}, ${inputs.join(', ')}.`;
}

function speedUp([first, second]: readonly Measured[]): string {
  if (!first || !second) return '';
  return ` ${second.name} takes ${second.ratio.toFixed(3)} times as long as ${first.name}.`;
}
