/**
 * Latency of each full-size model as trained, as converted and as its authors deploy it, in turn, in onnxruntime-node
 * with 1 and 2 threads and in onnxruntime-web's wasm under Node; and whether the three give the same outputs.
 *
 *     node bench/latency.mjs [model ...] [--seconds 8]
 *
 * Prints a table and writes results/latency.json.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { formatTable, runProcess, saveResults } from './measure.mjs';
import { chooseModels } from './models.mjs';

const { values, positionals } = parseArgs({
  options: { seconds: { type: 'string', default: '8' } },
  allowPositionals: true,
});
const RUNTIMES = [
  { runtime: 'node', threads: 1 },
  { runtime: 'node', threads: 2 },
  { runtime: 'wasm', threads: 1 },
];

const results = [];
for (const name of chooseModels(positionals))
  for (const { runtime, threads } of RUNTIMES) {
    // A process of its own, since memory of wasm only grows.
    const script = join(import.meta.dirname, 'latency/run.mjs');
    const { code, stdout, stderr } = await runProcess(process.execPath, [
      script,
      name,
      runtime,
      threads,
      values.seconds,
    ]);
    const measured = code === 0 ? JSON.parse(stdout) : { failure: stderr.trim().slice(-300) };
    results.push({ name, runtime, threads, ...measured });
    console.error(name, runtime, threads, JSON.stringify(measured));
  }
saveResults('latency', { results });

const head = ['model', 'runtime', 'train', 'Reparam', 'author', 'train / Reparam', 'Reparam / author', 'difference'];
console.log(formatTable(head, results.map(rowOf)));

function rowOf({ name, runtime, threads, failure, median, speedup, ratio, differences }) {
  const place = `${runtime}, ${threads} thread${threads === 1 ? '' : 's'}`;
  if (failure) return [name, place, 'failed', '', '', '', '', ''];
  const times = ['train', 'ours', 'author'].map((form) => `${median[form].toFixed(1)} ms`);
  return [name, place, ...times, speedup.toFixed(2), ratio.toFixed(3), differences.ours.toExponential(1)];
}
