/** The formula of a merged kernel with its numbers: the tap where most branches meet, of the first channels shown. */
import type { InspectedSum } from './convert/inspect-region.ts';

export function sumInNumbers({ branches, merged, pairs }: InspectedSum): string[] {
  const tile = merged.picture.tiles[0];
  const [pair] = pairs;
  if (!tile || !pair) return [];
  const valuesAt = (tap: number) => branches.map(({ picture }) => picture.tiles[0]![tap]!);
  const meeting = (tap: number) => valuesAt(tap).filter((value) => !Number.isNaN(value)).length;
  const best = Array.from(tile.keys()).reduce((a, b) => (meeting(b) > meeting(a) ? b : a), 0);
  const { columns } = merged.picture;
  const place = `[${pair[0]}, ${pair[1]}, ${Math.floor(best / columns)}, ${best % columns}]`;
  const terms = valuesAt(best).map((value) => (Number.isNaN(value) ? '0' : show(value)));
  return [
    `W${place} = ${branches.map((_, at) => `W${subscript(at + 1)}`).join(' + ')}`,
    `${show(tile[best]!)} = ${terms.join(' + ')}`,
  ];
}

const show = (value: number) => (value < 0 ? `(${value.toFixed(6)})` : value.toFixed(6));

function subscript(index: number): string {
  return [...String(index)].map((digit) => '₀₁₂₃₄₅₆₇₈₉'[Number(digit)]).join('');
}
