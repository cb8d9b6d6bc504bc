/** Rows of data as a table for terminals, as Markdown or as CSV. */

import Table from 'cli-table3';

export type Cell = string | number | null;

export interface Column<Row> {
  /** Heading for people. */
  readonly title: string;
  /** Heading in CSV. */
  readonly key: string;
  readonly value: (row: Row) => Cell;
  /** How people read the value; numbers are to the right. Default: as it is. CSV always has the value itself. */
  readonly format?: (value: Cell) => string;
  readonly align?: 'left' | 'right';
}

/** A column of numbers: how they are read, and raw in CSV. */
export function numberColumn<Row>(
  title: string,
  key: string,
  value: (row: Row) => number | null,
  format: (value: number) => string = String,
): Column<Row> {
  return { title, key, value, align: 'right', format: (cell) => (typeof cell === 'number' ? format(cell) : '') };
}

/** Aligned columns without borders; `heading` colours the first line. */
export function renderTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  heading: (text: string) => string,
): string {
  const table = new Table({
    head: columns.map(({ title }) => heading(title)),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    chars: {
      ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '', left: '', 'left-mid': '', right: '' },
      ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '', 'right-mid': '' },
      ...{ mid: '', 'mid-mid': '', middle: '  ' },
    },
  });
  for (const row of rows) table.push(columns.map((column) => textOf(column, row)));
  return table.toString().replace(/ +$/gm, '');
}

export function renderMarkdown<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(columns.map(({ title }) => title)),
    line(columns.map(({ align }) => (align === 'right' ? '---:' : '---'))),
    ...rows.map((row) => line(columns.map((column) => textOf(column, row).replace(/[\\|<`*]/g, '\\$&')))),
  ].join('\n');
}

/** RFC 4180, with plain line feeds. */
export function renderCsv<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const quote = (cell: Cell) => (/[",\n\r]/.test(String(cell)) ? `"${String(cell).replaceAll('"', '""')}"` : cell);
  const line = (cells: readonly Cell[]) => cells.map((cell) => (cell === null ? '' : quote(cell))).join(',');
  return [line(columns.map(({ key }) => key)), ...rows.map((row) => line(columns.map(({ value }) => value(row))))].join(
    '\n',
  );
}

function textOf<Row>({ value, format = (cell) => String(cell ?? '') }: Column<Row>, row: Row): string {
  return format(value(row));
}
