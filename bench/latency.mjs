/**
 * Latency of each full-size model as trained, as converted and as its authors deploy it, in turn, in onnxruntime-node
 * with 1 and 2 threads and in onnxruntime-web's wasm under Node; and whether the three give the same outputs.
 *
 *     node bench/latency.mjs [model ...] [--seconds 8]
 *
 * Prints a table and writes results/latency.json.
 */
import { parseArgs } from 'node:util';
import { measureLatency } from './latency/measure-latency.mjs';
import { formatTable, saveResults } from './measure.mjs';
import { chooseModels } from './models.mjs';

const { values, positionals } = parseArgs({
  options: { seconds: { type: 'string', default: '8' } },
  allowPositionals: true,
});
const results = await measureLatency(chooseModels(positionals), values.seconds);
saveResults('latency', { results });

const head = ['model', 'runtime', 'train', 'Reparam', 'author', 'train / Reparam', 'Reparam / author', 'difference'];
console.log(formatTable(head, results.map(rowOf)));

function rowOf({ name, place, failure, median, speedup, ratio, differences }) {
  if (failure) return [name, place, 'failed', '', '', '', '', ''];
  const times = ['train', 'ours', 'author'].map((form) => `${median[form].toFixed(1)} ms`);
  return [name, place, ...times, speedup.toFixed(2), ratio.toFixed(3), differences.ours.toExponential(1)];
}
