/**
 * Converts real models, compares and measures them, each in a process of its own: `node run.mjs [seconds]`. Writes results/tfjs.json beside
 * the others. `node run.mjs seconds name` measures one.
 */
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as converter from '@tensorflow/tfjs-converter';
import * as core from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { artifactsOf, benchModels, reparameterizeArtifacts, verify } from '../../packages/tfjs/dist/index.js';
import { MODELS } from './models.mjs';

const tf = { ...core, ...layers, ...converter };
const seconds = Number(process.argv[2] ?? 5);
const BACKENDS = ['wasm', 'cpu'];
/** Milliseconds on wasm above which the cpu backend would take seconds to minutes for one image. */
const SMALL = 12;
tf.enableProdMode();

/** Ten blocks: a 3x3 and a 1x1 convolution and a skip, each with its normalization. */
async function repVgg() {
  const input = tf.input({ shape: [28, 28, 32], name: 'image' });
  const norm = (value) => tf.layers.batchNormalization().apply(value);
  let x = input;
  for (let block = 0; block < 10; block++) {
    const conv = (kernelSize) =>
      norm(tf.layers.conv2d({ filters: 32, kernelSize, padding: 'same', useBias: false }).apply(x));
    x = tf.layers.activation({ activation: 'relu' }).apply(tf.layers.add().apply([conv(3), conv(1), norm(x)]));
  }
  return await artifactsOf(tf.model({ inputs: input, outputs: x }));
}

/** The wall-clock time of the first conversion, and the best of three. */
async function convert(artifacts) {
  const times = [];
  let result;
  for (let round = 0; round < 3; round++) {
    const start = performance.now();
    result = await reparameterizeArtifacts(artifacts);
    times.push(performance.now() - start);
  }
  return { ...result, first: times[0], best: Math.min(...times) };
}

/** The row of one model. */
async function measure({ load, high, only, shapes: given = {} }, name) {
  await tf.setBackend('wasm');
  const before = await load();
  const { artifacts, report, first, best } = await convert(before);
  const exact = await reparameterizeArtifacts(before, { quantization: 'float32' });
  const row = {
    name,
    format: report.format,
    convert: { first, best },
    operators: [report.before.operators, report.after.operators],
    normalizations: [report.before, report.after].map(({ operatorCounts: counts }) =>
      Object.entries(counts).reduce((sum, [type, count]) => sum + (/BatchNorm/.test(type) ? count : 0), 0),
    ),
    sums: [report.before, report.after].map(({ operatorCounts: counts }) =>
      ['Add', 'AddV2', 'AddN'].reduce((sum, type) => sum + (counts[type] ?? 0), 0),
    ),
    macs: [report.before.macs, report.after.macs],
    bytes: [report.before.bytes, report.after.bytes],
    latency: {},
  };
  const probe = await inputsOf(before);
  const shapes = only ? { [probe[0]]: only } : given;
  const ranges = Object.fromEntries(probe.map((input) => [input, [0, high]]));
  const options = { shapes, ranges, samples: 1, tolerance: 1 };
  for (const backend of BACKENDS) {
    await tf.setBackend(backend);
    try {
      row.error ??= { backend, float32: await error(before, exact.artifacts, options) };
      row.error.written ??= await error(before, artifacts, options);
      if (backend === 'wasm' || (row.latency.wasm?.train ?? 0) < SMALL)
        row.latency[backend] = await latency(before, artifacts, { shapes, ranges, backend });
    } catch (failure) {
      row.failure = { ...row.failure, [backend]: failure.message };
      row.error = undefined;
    }
  }
  return row;
}

/** Largest difference over the outputs' largest value. */
async function error(before, after, options) {
  const { cases, failure } = await verify(tf, before, after, options);
  if (failure && cases.length === 0) throw new Error(failure.message);
  return Math.max(...cases.map((c) => c.maxRelative));
}

async function latency(before, after, { backend, ...options }) {
  const models = [
    { name: 'train', model: before },
    { name: 'deploy', model: after },
  ];
  const bench = await benchModels(tf, models, { ...options, seconds, loads: 1, warmup: backend === 'cpu' ? 1 : 5 });
  return { train: bench.models[0].median, deploy: bench.models[1].median, ratio: 1 / bench.models[1].ratio };
}

const ALL = { '10 RepVGG blocks 28x28x32': { load: repVgg, high: 1 }, ...MODELS };
const one = process.argv[3];
if (one !== undefined) console.log(JSON.stringify(await measure(ALL[one], one)));
else {
  // A model that a backend breaks down on takes its process with it.
  const results = Object.keys(ALL).map((name) => {
    const args = [fileURLToPath(import.meta.url), String(seconds), name];
    try {
      const text = execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
      const row = JSON.parse(text.trim().split('\n').at(-1));
      console.log(JSON.stringify(row));
      return row;
    } catch ({ message }) {
      return { name, failure: { process: message } };
    }
  });
  writeFileSync(new URL('../results/tfjs.json', import.meta.url), `${JSON.stringify(results, null, 2)}\n`);
}

async function inputsOf(artifacts) {
  const handler = { load: async () => artifacts };
  const isGraph = Array.isArray(artifacts.modelTopology.node);
  const model = await (isGraph ? tf.loadGraphModel(handler) : tf.loadLayersModel(handler));
  const names = isGraph ? model.inputs.map(({ name }) => name) : model.inputNames;
  model.dispose();
  return names;
}
