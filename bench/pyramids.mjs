/**
 * Latency of networks with heads on feature pyramids, before and after conversion, in turn, in onnxruntime-node with 1 and 2 threads and in
 * onnxruntime-web's wasm under Node.
 *
 *     node bench/pyramids.mjs [model ...] [--seconds 20]
 *
 * Prints a table and writes results/pyramids.json.
 */
import { parseArgs } from 'node:util';
import { measureLatency } from './latency/measure-latency.mjs';
import { formatTable, saveResults } from './measure.mjs';
import { chooseModels, PYRAMIDS } from './models.mjs';

const { values, positionals } = parseArgs({
  options: { seconds: { type: 'string', default: '20' } },
  allowPositionals: true,
});
const results = await measureLatency(chooseModels(positionals, PYRAMIDS), values.seconds);
saveResults('pyramids', { results });

const head = ['model', 'operators', 'multiply-adds', 'runtime', 'before', 'after', 'before / after', 'difference'];
console.log(formatTable(head, results.map(rowOf)));

function rowOf({ name, place, failure, median, speedup, differences, operators, macs }) {
  if (failure) return [name, '', '', place, 'failed', '', '', ''];
  const giga = macs.map((count) => (count / 1e9).toFixed(2));
  const times = ['train', 'ours'].map((form) => `${median[form].toFixed(0)} ms`);
  return [
    name,
    operators.join(' -> '),
    `${giga.join(' -> ')} G`,
    place,
    ...times,
    speedup.toFixed(2),
    differences.ours.toExponential(1),
  ];
}
