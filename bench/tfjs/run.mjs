/** Converts real models, compares and measures them: `node run.mjs [seconds]`. Writes results/tfjs.json beside the others. */
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { writeFileSync } from 'node:fs';
import * as converter from '@tensorflow/tfjs-converter';
import * as core from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { artifactsOf, benchModels, reparameterizeArtifacts, verify } from '../../packages/tfjs/dist/index.js';
import { MODELS } from './models.mjs';

const tf = { ...core, ...layers, ...converter };
const seconds = Number(process.argv[2] ?? 5);
const BACKENDS = ['wasm', 'cpu'];
/** The cpu backend takes seconds to minutes for one image of the others. */
const ON_CPU = new Set(['10 RepVGG blocks 28x28x32', 'faceres', 'selfie']);
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

const results = [];
await tf.setBackend('wasm');
const all = { '10 RepVGG blocks 28x28x32': { load: repVgg, high: 1 }, ...MODELS };
for (const [name, { load, high, shape }] of Object.entries(all)) {
  const before = await load();
  const { artifacts, report, first, best } = await convert(before);
  const exact = await reparameterizeArtifacts(before, { quantization: 'float32' });
  await tf.setBackend('wasm');
  const probe = await inputsOf(before);
  const shapes = shape ? { [probe[0]]: shape } : {};
  const ranges = Object.fromEntries(probe.map((input) => [input, [0, high]]));
  const options = { shapes, ranges, samples: 1, tolerance: 1 };
  const error = async (after) =>
    Math.max(...(await verify(tf, before, after, options)).cases.map((c) => c.maxRelative));
  const row = {
    name,
    format: report.format,
    convert: { first, best },
    operators: [report.before.operators, report.after.operators],
    normalizations: [report.before, report.after].map(({ operatorCounts: counts }) =>
      Object.entries(counts).reduce((sum, [type, count]) => sum + (/BatchNorm/.test(type) ? count : 0), 0),
    ),
    macs: [report.before.macs, report.after.macs],
    bytes: [report.before.bytes, report.after.bytes],
    error: { float32: await error(exact.artifacts), written: await error(artifacts) },
    latency: {},
  };
  for (const backend of BACKENDS) {
    if (backend === 'cpu' && !ON_CPU.has(name)) continue;
    await tf.setBackend(backend);
    const models = [
      { name: 'train', model: before },
      { name: 'deploy', model: artifacts },
    ];
    const bench = await benchModels(tf, models, {
      shapes,
      ranges,
      seconds,
      loads: 1,
      warmup: backend === 'cpu' ? 1 : 5,
    });
    row.latency[backend] = {
      train: bench.models[0].median,
      deploy: bench.models[1].median,
      ratio: 1 / bench.models[1].ratio,
    };
  }
  results.push(row);
  console.log(JSON.stringify(row));
}
writeFileSync(new URL('../results/tfjs.json', import.meta.url), `${JSON.stringify(results, null, 2)}\n`);

async function inputsOf(artifacts) {
  const handler = { load: async () => artifacts };
  const isGraph = Array.isArray(artifacts.modelTopology.node);
  const model = await (isGraph ? tf.loadGraphModel(handler) : tf.loadLayersModel(handler));
  const names = isGraph ? model.inputs.map(({ name }) => name) : model.inputNames;
  model.dispose();
  return names;
}
