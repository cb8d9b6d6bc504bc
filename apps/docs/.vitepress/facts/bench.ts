/** `latency RUNTIME`: bars of the measured latencies; `trust`: operators left by each tool. Both from the tables of bench/README.md. */
import { readFileSync } from 'node:fs';

const README = new URL('../../../../bench/README.md', import.meta.url);

export function showLatency(words: readonly string[]): string {
  const runtime = words.join(' ');
  const rows = readTable('## Latency').filter((row) => row[1] === runtime);
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
  const rows = readTable('## Trust').map(([tool, left, files, wrong]) => `| ${tool} | ${left} | ${files} | ${wrong} |`);
  return [
    '| tool | operators left | files above the author’s form | wrong outputs |',
    '| --- | ---: | ---: | ---: |',
    ...rows,
  ].join('\n');
}

/** Cells of the first table under a heading. */
function readTable(heading: string): string[][] {
  const section = readFileSync(README, 'utf8').split(`${heading}\n`)[1]?.split('\n## ')[0];
  const lines = section?.split('\n').filter((line) => line.startsWith('|')) ?? [];
  if (lines.length < 3) throw new Error(`bench/README.md has no table under "${heading}".`);
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
