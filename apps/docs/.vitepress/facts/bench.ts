/** Tables of READMEs: `latency RUNTIME` and `trust` from the benches, `sizes` of the packages. */
import { readFileSync } from 'node:fs';

const BENCH = 'bench/README.md';
const README = 'README.md';

export function showLatency(words: readonly string[]): string {
  const runtime = words.join(' ');
  const rows = readTable(BENCH, '## Latency').filter((row) => row[1] === runtime);
  if (rows.length === 0)
    throw new Error(`A facts block asks for the latency in "${runtime}", which bench/README.md has not.`);
  const best = Math.max(...rows.map((row) => Number(row[5])));
  const lines = rows.map(([model, , train, reparam, , ratio]) => {
    const share = Math.round((100 * (Number(ratio) - 1)) / (best - 1));
    return `| ${model} | ${train} | ${reparam} | <span class="bar" style="--share: ${share}%">${Number(ratio).toFixed(2)}×</span> |`;
  });
  return [
    '<div class="latency">',
    '',
    '| model | train, ms | deploy, ms | times as fast |',
    '| --- | ---: | ---: | --- |',
    ...lines,
    '',
    '</div>',
  ].join('\n');
}

export function showTrust(): string {
  const rows = readTable(BENCH, '## Trust').map(
    ([tool, left, files, wrong]) => `| ${tool} | ${left} | ${files} | ${wrong} |`,
  );
  return [
    '| tool | operators left | files above the author’s form | wrong outputs |',
    '| --- | ---: | ---: | ---: |',
    ...rows,
  ].join('\n');
}

export function showSizes(): string {
  const rows = readTable(README, '(`npx -y pnpm size`; CI fails above the limits):').map(
    (cells) => `| ${cells.join(' | ')} |`,
  );
  return ['| entry | at once | limit | later, as models need it |', '| --- | ---: | ---: | ---: |', ...rows].join('\n');
}

/** Cells of the first table behind a line. */
function readTable(document: string, line: string): string[][] {
  const text = readFileSync(new URL(`../../../../${document}`, import.meta.url), 'utf8');
  const section = text.split(`${line}\n`)[1]?.split('\n## ')[0];
  const lines = section?.split('\n').filter((line) => line.startsWith('|')) ?? [];
  if (lines.length < 3) throw new Error(`${document} has no table behind "${line}".`);
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
