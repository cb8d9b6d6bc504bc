/**
 * A factor and a shift per channel, as Mul and Add and as one batch normalization: `node affine.mjs [rounds]`. Writes
 * results/tfjs-affine.json.
 */
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { writeFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';

const rounds = Number(process.argv[2] ?? 100);
/** Height and width, channels. */
const SIZES = [
  [224, 3],
  [112, 32],
  [56, 64],
  [28, 16],
  [28, 128],
  [14, 512],
  [7, 1024],
];
tf.enableProdMode();

const results = [];
for (const backend of ['wasm', 'cpu']) {
  await tf.setBackend(backend);
  for (const [size, channels] of SIZES) results.push({ backend, size, channels, ...measure(size, channels) });
}
writeFileSync(new URL('../results/tfjs-affine.json', import.meta.url), `${JSON.stringify(results, null, 2)}\n`);
console.table(results);

/** Medians of runs in turn, in milliseconds, and the median ratio within pairs. */
function measure(size, channels) {
  const x = tf.randomNormal([1, size, size, channels]);
  const [factor, shift] = [tf.randomNormal([channels]), tf.randomNormal([channels])];
  const [mean, variance] = [tf.zeros([channels]), tf.ones([channels])];
  const forms = {
    pair: () => tf.add(tf.mul(x, factor), shift),
    normalization: () => tf.batchNorm(x, mean, variance, shift, factor, 0.001),
  };
  const times = { pair: [], normalization: [] };
  for (let round = -5; round < rounds; round++)
    for (const [name, form] of Object.entries(forms)) {
      const start = performance.now();
      tf.tidy(() => void form().dataSync());
      if (round >= 0) times[name].push(performance.now() - start);
    }
  const ratio = median(times.normalization.map((time, round) => time / times.pair[round]));
  tf.dispose([x, factor, shift, mean, variance]);
  return { pair: median(times.pair), normalization: median(times.normalization), ratio };
}

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
