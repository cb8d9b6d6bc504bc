/**
 * Time and peak memory of a conversion, each in a process of its own and in turn: Reparam's command line (proof
 * included), ONNX Runtime's optimized-model export, onnxsim from npm, and a process that only reads and writes the file.
 *
 *     node bench/convert.mjs [model ...] [--runs 9]
 *
 * Prints a table and writes results/convert.json.
 */
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { formatTable, installPeers, measureScript, median, saveResults } from './measure.mjs';
import { chooseModels, modelPath } from './models.mjs';

const { values, positionals } = parseArgs({
  options: { runs: { type: 'string', default: '9' } },
  allowPositionals: true,
});
const runs = Number(values.runs);
const here = import.meta.dirname;
const commandLine = join(here, '../packages/cli/bin/reparam.js');
const hasCommandLine = existsSync(join(here, '../packages/cli/dist/main.js'));

/** Arguments of Node for each process. onnxsim takes long, so it runs fewer times. */
const PROCESSES = {
  'empty process': { args: () => [join(here, 'convert/empty.mjs')], runs },
  'read and write': { args: (input, output) => [join(here, 'convert/copy.mjs'), input, output], runs },
  Reparam: {
    args: (input, output) =>
      hasCommandLine
        ? [commandLine, 'convert', input, output, '--quiet']
        : [join(here, 'convert/reparam.mjs'), input, output],
    runs,
  },
  'onnxruntime-node': { args: (input, output) => [join(here, 'convert/onnxruntime-basic.mjs'), input, output], runs },
  'onnxsim (npm)': { args: (input, output) => [join(here, 'peers/onnxsim.mjs'), input, output], runs: 3 },
};

installPeers();
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const models = [];
try {
  for (const name of chooseModels(positionals)) models.push(await measureModel(name));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
saveResults('convert', { commandLine: hasCommandLine, models });

async function measureModel(name) {
  const input = modelPath(name, 'train');
  const output = join(folder, 'output.onnx');
  const samples = Object.fromEntries(Object.keys(PROCESSES).map((key) => [key, []]));
  const failures = {};
  for (let round = -1; round < runs; round++) {
    for (const [key, process] of Object.entries(PROCESSES)) {
      if (round >= process.runs || failures[key]) continue;
      rmSync(output, { force: true });
      try {
        const sample = await measureScript(process.args(input, output));
        if (round >= 0) samples[key].push(sample);
      } catch (error) {
        console.error(error.message);
        failures[key] = error.message.split('\n')[0];
      }
    }
  }
  const result = { name, bytes: statSync(input).size, processes: summarize(samples), failures };
  printModel(result);
  return result;
}

/** Medians; times also as a multiple of reading and writing, run by run, and memory over an empty process. */
function summarize(samples) {
  const { 'empty process': empty, 'read and write': copy } = samples;
  const entries = Object.entries(samples).filter(([, list]) => list.length > 0);
  return Object.fromEntries(
    entries.map(([key, list]) => [
      key,
      {
        runs: list.length,
        time: Math.round(median(list.map(({ time }) => time))),
        timesCopy: round(median(list.map(({ time }, index) => time / copy[index].time))),
        memory: Math.max(0, median(list.map(({ memory }) => memory)) - median(empty.map(({ memory }) => memory))),
      },
    ]),
  );
}

function printModel({ name, bytes, processes, failures }) {
  const rows = Object.entries(processes).map(([key, { time, timesCopy, memory }]) => [
    key,
    `${time} ms`,
    `${timesCopy}`,
    `${Math.round(memory / 1e6)} MB`,
    round(memory / bytes),
  ]);
  for (const key of Object.keys(failures)) rows.push([key, 'failed at least once', '', '', '']);
  const head = ['process', 'time', 'of read and write', 'memory over an empty process', 'of the file'];
  console.log(`\n${name}, ${(bytes / 1e6).toFixed(1)} MB\n\n${formatTable(head, rows)}`);
}

function round(value) {
  return Math.round(value * 100) / 100;
}
