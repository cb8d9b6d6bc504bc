/** One row for each converted file. */

import type { Conversion } from '../conversion.ts';
import { formatChange, largestError, verifiedError } from './amount-change.ts';
import { formatBytes, formatCount, formatError, formatSeconds } from './quantity.ts';
import { type Column, numberColumn } from './table.ts';

type Change = readonly [before: number | null, after: number | null] | null;

const of =
  (key: 'bytes' | 'operators' | 'macs' | 'parameters') =>
  ({ report }: Conversion): Change =>
    report && [report.before[key], report.after[key]];

const CHANGES = [
  { title: 'size', key: 'bytes', change: of('bytes'), format: (value: number | null) => formatBytes(value ?? 0) },
  { title: 'operators', key: 'operators', change: of('operators'), format: String },
  { title: 'multiply-adds', key: 'multiply_adds', change: of('macs'), format: formatCount },
] as const;

const INPUT: Column<Conversion> = { title: 'input', key: 'input', value: ({ input }) => input };
const OUTPUT: Column<Conversion> = { title: 'output', key: 'output', value: ({ output }) => output };
const RESULT: Column<Conversion> = { title: 'result', key: 'result', value: resultOf };
const FUSIONS = numberColumn<Conversion>('fusions', 'fusions', ({ report }) => report?.fusions.length ?? null);
const ERROR = numberColumn<Conversion>('error', 'error', ({ report }) => report && largestError(report), formatError);
const VERIFIED = numberColumn<Conversion>('in runtime', 'runtime_error', verifiedError, formatError);
const TIME = numberColumn<Conversion>(
  'time',
  'seconds',
  ({ failure, seconds }) => (failure ? null : seconds),
  formatSeconds,
);

/** For people: before and after in one column. `verified`: whether the models were also run. */
export function summaryColumns(verified: boolean): readonly Column<Conversion>[] {
  const changes = CHANGES.map(
    ({ title, key, change, format }): Column<Conversion> => ({
      title,
      key,
      align: 'right',
      value: (conversion) => {
        const found = change(conversion);
        return found && formatChange(format(found[0]), format(found[1]));
      },
    }),
  );
  return [INPUT, OUTPUT, RESULT, ...changes, ERROR, ...(verified ? [VERIFIED] : []), TIME];
}

/** For programs: one number in each column. */
export const CSV_COLUMNS: readonly Column<Conversion>[] = [
  INPUT,
  OUTPUT,
  RESULT,
  FUSIONS,
  ...[...CHANGES, { key: 'parameters', change: of('parameters') }].flatMap(({ key, change }) =>
    (['before', 'after'] as const).map((when, index) =>
      numberColumn<Conversion>('', `${key}_${when}`, (conversion) => change(conversion)?.[index] ?? null),
    ),
  ),
  ERROR,
  VERIFIED,
  TIME,
];

function resultOf({ failure, report, verification, written }: Conversion): string {
  if (failure) return `error: ${failure.code}`;
  if (verification && !verification.equal) return 'differs, not written';
  const count = report?.fusions.length ?? 0;
  if (count === 0) return written ? 'nothing to fuse, copied' : 'nothing to fuse';
  return written ? `${count} fused` : `${count} would fuse`;
}
