/** `bench`: the latency of one model, or of two beside each other. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type BenchResult, benchModels } from '@reparam/onnx';
import type { ModelFlags } from '../flags/model-flags.ts';
import type { OutputFlags } from '../flags/output-flags.ts';
import type { FeedFlags, RuntimeFlags } from '../flags/run-flags.ts';
import type { Io } from '../io.ts';
import { findRuntime, readInputs } from '../runtime.ts';
import { openTerminal, toJson } from '../terminal.ts';
import { formatBytes, formatMilliseconds } from '../view/quantity.ts';
import { type Column, numberColumn, renderCsv, renderMarkdown, renderTable } from '../view/table.ts';

export interface BenchFlags extends FeedFlags, RuntimeFlags, OutputFlags, Pick<ModelFlags, 'seed' | 'shape'> {
  readonly threads?: number;
  readonly seconds: number;
}

interface Row extends BenchResult {
  readonly bytes: number;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'model', key: 'model', value: ({ name }) => name },
  numberColumn('latency', 'latency_ms', ({ median }) => median, formatMilliseconds),
  numberColumn(
    'ratio',
    'ratio',
    ({ ratio }) => ratio,
    (ratio) => `${ratio.toFixed(3)}x`,
  ),
  numberColumn('load', 'load_ms', ({ load }) => load, formatMilliseconds),
  numberColumn('size', 'bytes', ({ bytes }) => bytes, formatBytes),
];

export async function bench(a: string, b: string | undefined, flags: BenchFlags, io: Io): Promise<number> {
  const terminal = openTerminal(io, flags);
  const paths = b === undefined ? [a] : [a, b];
  const report = await benchModels(
    paths.map((name) => ({ name, model: resolve(io.cwd, name) })),
    {
      runtime: await findRuntime(io.cwd, flags.runtime),
      threads: flags.threads,
      seconds: flags.seconds,
      seed: flags.seed,
      shapes: flags.shape,
      ranges: flags.range,
      inputs: await readInputs(flags.input, io.cwd),
    },
  );
  const rows = report.models.map((model, index) => ({
    ...model,
    bytes: statSync(resolve(io.cwd, paths[index]!)).size,
  }));
  if (flags.format === 'json') terminal.print(toJson(report));
  else if (flags.format === 'csv') terminal.print(renderCsv(COLUMNS, rows));
  else if (flags.format === 'md') terminal.print(renderMarkdown(COLUMNS, rows));
  else terminal.print(renderTable(COLUMNS, rows, terminal.colors.bold));
  const { name, version } = report.runtime;
  terminal.note(`${name} ${version}, ${report.threads ?? 'default'} threads, ${report.runs} runs each, medians`);
  return 0;
}
