/**
 * The two forms of a grouped convolution that TensorFlow.js can hold, against each other: one dense kernel with zeros, and slices, a
 * convolution for each group, and a concatenation. `node grouped.mjs [seconds]` for each setting; names of backends measure only those. Writes results/tfjs-grouped.json.
 */
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // which registers gradients

const [seconds = '2', ...names] = process.argv.slice(2);
const RESULTS = fileURLToPath(new URL('../results/tfjs-grouped.json', import.meta.url));
const CHANNELS = [16, 32, 64, 128, 256];
const SIZES = [14, 28, 56];
const KERNELS = [1, 3];
/** Multiply-adds of the dense form above which the cpu backend takes seconds for one run. */
const CPU_LIMIT = 3e7;

tf.enableProdMode();

/** Each as a function of the input and of the kernels it has, all with a bias. */
const FORMS = {
  dense: (x, { dense }) => convolve(x, dense),
  /** As a graph does it. */
  graph: (x, { groups }) => {
    const count = x.shape[3] / groups.length;
    const slice = (group) => tf.slice(x, [0, 0, 0, group * count], [-1, -1, -1, count]);
    return tf.concat(
      groups.map((own, group) => convolve(slice(group), own)),
      3,
    );
  },
  /** As stock layers do it: Cropping2D slices twice. */
  layers: (x, { groups }) => {
    const count = x.shape[3] / groups.length;
    const crop = (group) =>
      tf.slice(tf.slice(x, [0, 0, 0, 0], [-1, -1, x.shape[2], -1]), [0, 0, 0, group * count], [-1, -1, -1, count]);
    return tf.concat(
      groups.map((own, group) => convolve(crop(group), own)),
      3,
    );
  },
};

function convolve(x, { filter, bias }) {
  return tf.fused.conv2d({ x, filter, strides: 1, pad: 'same', bias });
}

function kernel(size, inChannels, outChannels) {
  return { filter: tf.randomNormal([size, size, inChannels, outChannels]), bias: tf.randomNormal([outChannels]) };
}

function infer(form, x, kernels) {
  tf.tidy(() => {
    FORMS[form](x, kernels).dataSync(); // a tidy that returns numbers looks for tensors among them
  });
}

/** Forward and back, to the input and to all kernels, as training does. */
function train(form, x, kernels) {
  const own = form === 'dense' ? [kernels.dense] : kernels.groups;
  const loss = (...given) => {
    const [first, ...rest] = given;
    const used = own.map((_, index) => ({ filter: rest[2 * index], bias: rest[2 * index + 1] }));
    return tf.sum(FORMS[form](first, form === 'dense' ? { dense: used[0] } : { groups: used }));
  };
  tf.tidy(() => {
    for (const gradient of tf.grads(loss)([x, ...own.flatMap(({ filter, bias }) => [filter, bias])]))
      gradient.dataSync();
  });
}

/** Medians in milliseconds of forms that run in turn. */
function measure(run, x, cases) {
  for (const { form, kernels } of cases) run(form, x, kernels);
  const times = cases.map(() => []);
  const start = performance.now();
  while (times[0].length < 5 || (performance.now() - start < 1000 * Number(seconds) && times[0].length < 200)) {
    cases.forEach(({ form, kernels }, index) => {
      const before = performance.now();
      run(form, x, kernels);
      times[index].push(performance.now() - before);
    });
  }
  return times.map((list) => list.sort((a, b) => a - b)[list.length >> 1]);
}

const PASSES = {
  wasm: { backend: 'wasm', run: infer },
  cpu: { backend: 'cpu', run: infer },
  'cpu, training': { backend: 'cpu', run: train },
};
let results = existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, 'utf8')) : [];
for (const [pass, { backend, run }] of Object.entries(PASSES)) {
  if (names.length > 0 && !names.includes(pass)) continue;
  results = results.filter((row) => row.pass !== pass);
  await tf.setBackend(backend);
  await tf.ready();
  for (const channels of CHANNELS)
    for (const size of SIZES)
      for (const taps of KERNELS) {
        const macs = (channels * taps * size) ** 2;
        if (backend === 'cpu' && macs > CPU_LIMIT) continue;
        const counts = [];
        for (let groups = 2; groups <= channels / 4; groups *= 2) counts.push(groups);
        tf.engine().startScope();
        const x = tf.randomNormal([1, size, size, channels]);
        const dense = kernel(taps, channels, channels);
        const cases = [{ form: 'dense', kernels: { dense } }];
        for (const count of counts) {
          const width = channels / count;
          const groups = Array.from({ length: count }, () => kernel(taps, width, width));
          cases.push({ form: 'graph', groups: count, kernels: { groups } });
          cases.push({ form: 'layers', groups: count, kernels: { groups } });
        }
        const times = measure(run, x, cases);
        tf.engine().endScope();
        counts.forEach((groups, index) => {
          const [graph, layers] = [times[2 * index + 1], times[2 * index + 2]];
          results.push({ pass, channels, groups, size, kernel: taps, dense: times[0], graph, layers });
        });
        writeFileSync(RESULTS, `[\n${results.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`);
        console.log(pass, channels, size, taps, times.map((time) => time.toFixed(2)).join(' '));
      }
}
