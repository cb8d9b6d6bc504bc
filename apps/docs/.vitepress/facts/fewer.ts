/** `fewer`: for each fixture the linear operators of its conversion and of its author's own deploy form, and which there are fewer of. */
import { type Amount, readGenerated, type Structure } from './generated.ts';

/** Kinds that are linear with constants, or add values up. Of those that are not, both files have as many. */
const LINEAR = [
  'Conv',
  'ConvTranspose',
  'Gemm',
  'MatMul',
  'BatchNormalization',
  'AveragePool',
  'Add',
  'Sub',
  'Sum',
  'Mul',
  'Div',
];

/** Kinds that a matrix product is written as, depending on what is around it. */
const PRODUCTS = ['Conv', 'Gemm', 'MatMul'];

export function showFewer(): string {
  const rows = readGenerated<Structure[]>('structures.json').flatMap(({ name, exports, author }) => {
    const own = exports.find(({ variant }) => variant === 'torchscript'); // as the author's file was exported
    if (!own) return [];
    const [ours, theirs] = [linearOf(own.after), linearOf(author)];
    return [`| \`${name}\` | ${totalOf(ours)} | ${totalOf(theirs)} | ${differences(ours, theirs).join(', ')} |`];
  });
  return [
    '<div class="measured">',
    '',
    '| fixture | Reparam | author | the difference |',
    '| --- | ---: | ---: | --- |',
    ...rows,
    '',
    '</div>',
  ].join('\n');
}

function linearOf({ operatorCounts }: Amount): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const [kind, count] of Object.entries(operatorCounts)) {
    if (!LINEAR.includes(kind)) continue;
    const group = PRODUCTS.includes(kind) ? 'product' : kind;
    counts.set(group, (counts.get(group) ?? 0) + count);
  }
  return counts;
}

function totalOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

function differences(ours: ReadonlyMap<string, number>, theirs: ReadonlyMap<string, number>): string[] {
  return [...new Set([...ours.keys(), ...theirs.keys()])].flatMap((kind) => {
    const change = (ours.get(kind) ?? 0) - (theirs.get(kind) ?? 0);
    return change === 0 ? [] : [`${change > 0 ? `+${change}` : `−${-change}`} ${kind}`];
  });
}
