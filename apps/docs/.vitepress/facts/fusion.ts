/** `fusion FIXTURE EXPORT [N]`: the nodes of its Nth kind of fusion before and after. */
import { findStructure, type NodeLine } from './generated.ts';

export function showFusion([name, variant, which = '0']: readonly string[]): string {
  const found = findStructure(name).exports.find((line) => line.variant === variant);
  const example = found?.examples[Number(which)];
  if (!example) throw new Error(`A facts block names the fusion "${name} ${variant} ${which}", which there is not.`);
  const lines = [...example.before, ...example.after].map(columnsOf);
  const widths = [0, 1, 2].map((column) => Math.max(...lines.map((cells) => cells[column]!.length)));
  const texts = lines.map(([text, constants, reads, makes]) =>
    `${text!.padEnd(widths[0]!)}  ${constants!.padEnd(widths[1]!)}  ${reads!.padStart(widths[2]!)} → ${makes}`.trimEnd(),
  );
  const count = example.before.length;
  return ['```text', ...texts.slice(0, count), '', 'becomes', '', ...texts.slice(count), '```'].join('\n');
}

function columnsOf({ text, constants, reads, makes }: NodeLine): string[] {
  return [text, constants.replace(/^(\[\d+\])( \1){3}$/, '4 × $1'), reads, makes];
}
