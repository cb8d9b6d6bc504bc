/** The fusions of one model as rows. */

import type { Fusion } from '@reparam/onnx';
import { formatChange } from './amount-change.ts';
import { countNodes } from './node-list.ts';
import { shorten } from './printable.ts';
import { formatCount, formatError } from './quantity.ts';
import { type Column, numberColumn } from './table.ts';

const LONGEST_NAME = 44;

export const FUSION_COLUMNS: readonly Column<Fusion>[] = [
  { title: 'value', key: 'value', value: ({ name }) => name, format: (name) => shorten(String(name), LONGEST_NAME) },
  { title: 'from', key: 'from', value: ({ nodes }) => countNodes(nodes) },
  { title: 'into', key: 'into', value: ({ into }) => countNodes(into) },
  {
    title: 'multiply-adds',
    key: 'multiply_adds',
    align: 'right',
    value: ({ before, after }) => formatChange(formatCount(before.macs), formatCount(after.macs)),
  },
  {
    title: 'parameters',
    key: 'parameters',
    align: 'right',
    value: ({ before, after }) => formatChange(formatCount(before.parameters), formatCount(after.parameters)),
  },
  numberColumn('error', 'error', ({ error }) => error, formatError),
];
