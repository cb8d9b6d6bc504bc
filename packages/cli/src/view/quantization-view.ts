/** What int8 leaves of a model's weights, for people: a row for each layer, and what to do. */

import type { LayerQuantization, QuantizationReport } from '@reparam/onnx/quantization';
import type { Terminal } from '../terminal.ts';
import { shorten } from './printable.ts';
import { plural } from './quantity.ts';
import { type Cell, type Column, renderMarkdown, renderTable } from './table.ts';
import { renderBranches } from './tree.ts';

const MOST_ROWS = 20;
const LONGEST_NAME = 44;

/** Decibels; nothing is lost where they are infinite. */
function ratioColumn(
  title: string,
  key: string,
  value: (layer: LayerQuantization) => number | undefined,
): Column<LayerQuantization> {
  return { title, key, align: 'right', value: (layer) => value(layer) ?? null, format: formatRatio };
}

function formatRatio(cell: Cell): string {
  if (typeof cell !== 'number' || Number.isNaN(cell)) return '';
  return cell === Number.POSITIVE_INFINITY ? 'exact' : cell.toFixed(1);
}

const COLUMNS: readonly Column<LayerQuantization>[] = [
  { title: 'layer', key: 'layer', value: ({ name }) => name, format: (name) => shorten(String(name), LONGEST_NAME) },
  {
    title: 'from',
    key: 'merged',
    align: 'right',
    value: ({ merged }) => merged,
    format: (count) => (count ? `${count}` : ''),
  },
  ratioColumn('per tensor', 'before', ({ before }) => before?.perTensor),
  ratioColumn('fused', 'after', ({ after }) => after.perTensor),
  ratioColumn('weakest channel', 'before_worst', ({ before }) => before?.worstChannel),
  ratioColumn('fused', 'after_worst', ({ after }) => after.worstChannel),
  ratioColumn('per channel', 'per_channel', ({ after }) => after.perChannel),
  ratioColumn('norm kept', 'norm_kept', ({ keptNorm }) => keptNorm?.perTensor),
  ratioColumn('widest / middle', 'range_ratio', ({ after }) => after.rangeRatio),
  ratioColumn('kurtosis', 'kurtosis', ({ after }) => after.kurtosis),
];

const MEANING = 'Signal to noise in dB of weights rounded to int8, all else exact; about 40 is usual.';

export function printQuantization({ layers }: QuantizationReport, all: boolean, { colors, note }: Terminal): void {
  const rows = all ? layers : layers.slice(0, MOST_ROWS);
  const worse = layers.filter(({ advice }) => advice !== null);
  const shown = all ? worse : worse.slice(0, MOST_ROWS);
  note(`\n${colors.bold(`int8 weights: ${plural(layers.length, 'layer')}`)}`);
  note(colors.dim(MEANING));
  note(renderTable(COLUMNS, rows, colors.dim));
  if (rows.length < layers.length) note(colors.dim(`and ${layers.length - rows.length} more (--all)`));
  note(`\n${colors.bold(`would quantize worse fused: ${worse.length}`)}`);
  const branches = shown.map(({ name, advice }) => ({
    text: `${colors.yellow(shorten(name, LONGEST_NAME))}: ${advice}`,
  }));
  for (const line of renderBranches(branches)) note(line);
  if (shown.length < worse.length) note(colors.dim(`and ${worse.length - shown.length} more (--all)`));
}

export function quantizationMarkdown({ layers }: QuantizationReport): string {
  const worse = layers.filter(({ advice }) => advice !== null);
  const lines = worse.map(({ name, advice }) => `- ${name}: ${advice}`);
  return [MEANING, '', renderMarkdown(COLUMNS, layers), ...(lines.length > 0 ? ['', ...lines] : [])].join('\n');
}
