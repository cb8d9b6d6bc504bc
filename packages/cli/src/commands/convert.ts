/** `convert`: train-time models in, deploy models out. */
import { resolve } from 'node:path';
import { bytesSource, collectChunks, openModel, type Report, reparameterize, verify } from '@reparam/onnx';
import { openFile, reparameterizeFile } from '@reparam/onnx/node';
import { adviceFor } from '../advice.ts';
import type { Conversion } from '../conversion.ts';
import { describeFailure, reportFailure } from '../failure.ts';
import { STANDARD } from '../files/list-inputs.ts';
import { type Job, planJobs } from '../files/plan-jobs.ts';
import { openStaging } from '../files/staging.ts';
import { readStdin } from '../files/stdin.ts';
import { type ModelFlags, toOptions } from '../flags/model-flags.ts';
import type { OutputFlags } from '../flags/output-flags.ts';
import type { RunFlags } from '../flags/run-flags.ts';
import type { Io } from '../io.ts';
import { openProgress } from '../progress.ts';
import { openTerminal, type Terminal, toJson } from '../terminal.ts';
import { summaryLine } from '../view/amount-change.ts';
import { CSV_COLUMNS, summaryColumns } from '../view/conversion-table.ts';
import { printable, printableDeep } from '../view/printable.ts';
import { renderCsv, renderMarkdown, renderTable } from '../view/table.ts';
import { printVerification, runOptions } from './verify.ts';

export interface ConvertFlags extends ModelFlags, RunFlags, OutputFlags {
  readonly output?: string;
  readonly force: boolean;
  readonly check: boolean;
  readonly dryRun: boolean;
  readonly verify: boolean;
}

/** Exit code 2: something would fuse (`--check`), or a converted model differs (`--verify`). */
export async function convert(paths: readonly string[], flags: ConvertFlags, io: Io): Promise<number> {
  const dry = flags.check || flags.dryRun;
  const jobs = await planJobs(paths, { ...flags, dry }, io.cwd);
  const terminal = openTerminal(
    io,
    flags,
    jobs.some(({ output }) => output === STANDARD),
  );
  const conversions: Conversion[] = [];
  for (const job of jobs) {
    try {
      conversions.push(await convertOne(job, flags, io));
    } catch (error) {
      if (jobs.length === 1 || io.signal?.aborted) return reportFailure(error, io);
      const nothing = { written: false, seconds: 0, report: null, verification: null, advice: null };
      conversions.push({ ...job, ...nothing, failure: describeFailure(error) });
    }
  }
  printConversions(conversions, flags, terminal);
  if (conversions.some(({ failure }) => failure)) return 1;
  const differs = conversions.some(({ verification }) => verification && !verification.equal);
  const fuses = conversions.some(({ report }) => report && report.fusions.length > 0);
  return differs || (flags.check && fuses) ? 2 : 0;
}

async function convertOne(job: Job, flags: ConvertFlags, io: Io): Promise<Conversion> {
  const start = Date.now();
  const bar = openProgress(io, flags.quiet);
  const options = {
    ...toOptions(flags),
    dryRun: job.output === null,
    onProgress: ({ stage, done, total }: { stage: string; done: number; total: number }) =>
      bar.update(stage, done, total),
    ...(io.signal && { signal: io.signal }),
  };
  try {
    const through = job.input === STANDARD || job.output === STANDARD;
    const { report, verification } = through
      ? await convertStream(job, options, flags, io)
      : await convertFile(job, options, flags, io);
    const written = job.output !== null && verification?.equal !== false;
    const seconds = (Date.now() - start) / 1000;
    return { ...job, written, seconds, report, verification, advice: adviceFor(report), failure: null };
  } finally {
    bar.clear();
  }
}

type Options = Parameters<typeof reparameterizeFile>[2];
type Outcome = { report: Report } & Pick<Conversion, 'verification'>;

/** File to file, checked before it takes its place. */
async function convertFile({ input, output }: Job, options: Options, flags: ConvertFlags, io: Io): Promise<Outcome> {
  const from = resolve(io.cwd, input);
  if (output === null) return { report: await reparameterizeFile(from, null, options), verification: null };
  const staging = openStaging(resolve(io.cwd, output), flags.force);
  try {
    const report = await reparameterizeFile(from, staging.path, options);
    const verification = flags.verify ? await verify(from, staging.path, await runOptions(flags, io)) : null;
    if (verification?.equal !== false) staging.commit();
    return { report, verification };
  } finally {
    staging.discard();
  }
}

/** From stdin, or to stdout, or both. */
async function convertStream({ input, output }: Job, options: Options, flags: ConvertFlags, io: Io): Promise<Outcome> {
  const bytes = input === STANDARD ? await readStdin(io) : await readWhole(resolve(io.cwd, input));
  const { model, report } = await reparameterize(await openModel(bytesSource(bytes)), options);
  if (output === null) return { report, verification: null };
  const verification = flags.verify ? await verify(bytes, model, await runOptions(flags, io)) : null;
  if (verification?.equal === false) return { report, verification };
  if (output === STANDARD) io.stdout.write(model);
  else {
    const staging = openStaging(resolve(io.cwd, output), flags.force);
    try {
      const { writeChunks } = await import('@reparam/onnx/node');
      await writeChunks(staging.path, [model]);
      staging.commit();
    } finally {
      staging.discard();
    }
  }
  return { report, verification };
}

async function readWhole(path: string): Promise<Uint8Array> {
  const file = openFile(path);
  try {
    return await collectChunks([{ source: file, start: 0, end: file.size }]);
  } finally {
    file.close();
  }
}

function printConversions(conversions: readonly Conversion[], flags: ConvertFlags, terminal: Terminal): void {
  const rows = printableDeep(conversions);
  if (flags.format === 'json') terminal.print(toJson({ command: 'convert', files: conversions }));
  else if (flags.format === 'csv') terminal.print(renderCsv(CSV_COLUMNS, rows));
  else if (flags.format === 'md') terminal.print(renderMarkdown(summaryColumns(flags.verify), rows));
  else if (rows.length > 1) terminal.note(renderTable(summaryColumns(flags.verify), rows, terminal.colors.bold));
  if (flags.format !== 'table') return;
  for (const { failure, input } of rows) if (failure) terminal.print(`error: ${input}: ${failure.message}`);
  const [only] = conversions;
  if (conversions.length > 1 || !only?.report) return;
  if (only.advice !== null) terminal.note(only.advice);
  if (only.verification) printVerification(only.verification, terminal);
  if (only.written && only.output !== STANDARD) terminal.note(`written to ${printable(only.output!)}`);
  terminal.note(summaryLine({ ...only, report: only.report }));
}
