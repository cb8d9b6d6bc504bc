/** `latency [RUNTIME]`: bars of the measured latencies, from the table of bench/README.md. */
import { readFileSync } from 'node:fs';

const TABLE = new URL('../../../../bench/README.md', import.meta.url);

interface Latency {
  readonly model: string;
  readonly runtime: string;
  readonly train: number;
  readonly reparam: number;
  readonly ratio: number;
}

export function showLatency(words: readonly string[]): string {
  const runtime = words.join(' ');
  const rows = readLatencies().filter((row) => row.runtime === runtime);
  if (rows.length === 0)
    throw new Error(`A facts block asks for the latency in "${runtime}", which bench/README.md has not.`);
  const best = Math.max(...rows.map(({ ratio }) => ratio));
  return [
    '<div class="latency">',
    '',
    '| model | train, ms | Reparam, ms | faster |',
    '| --- | ---: | ---: | --- |',
    ...rows.map((row) => lineOf(row, best)),
    '',
    '</div>',
  ].join('\n');
}

function lineOf({ model, train, reparam, ratio }: Latency, best: number): string {
  const width = Math.round((100 * (ratio - 1)) / (best - 1));
  return `| ${model} | ${train} | ${reparam} | <span class="bar" style="--share: ${width}%">${ratio.toFixed(2)}×</span> |`;
}

/** Rows of the table under "Latency". */
export function readLatencies(): Latency[] {
  const text = readFileSync(TABLE, 'utf8').split('## Latency')[1]!.split('\n## ')[0]!;
  const rows = text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2);
  return rows.map((line) => {
    const [model = '', runtime = '', train, reparam, , ratio] = line
      .split('|')
      .slice(1)
      .map((cell) => cell.trim());
    return { model, runtime, train: Number(train), reparam: Number(reparam), ratio: Number(ratio) };
  });
}
