/** Measures the three forms of one model, two where its authors have none, in one runtime, and prints the result as JSON: run.mjs model runtime threads seconds. */
import { existsSync, readFileSync } from 'node:fs';
import { reparameterize } from '@reparam/onnx';
import { median } from '../measure.mjs';
import { modelPath } from '../models.mjs';

const [name, runtime, threads, seconds] = process.argv.slice(2);
const LEAST_ROUNDS = 9;
const WARMUP = 2;

const ort = await loadRuntime();
const train = new Uint8Array(readFileSync(modelPath(name, 'train')));
const { model: ours, report } = await reparameterize(train);
const authors = modelPath(name, 'author');
const forms = { train, ours, ...(existsSync(authors) && { author: new Uint8Array(readFileSync(authors)) }) };
const sessions = {};
for (const [form, bytes] of Object.entries(forms)) sessions[form] = await createSession(bytes);
const [{ shape }] = sessions.train.inputMetadata;
const feeds = { input: new ort.Tensor('float32', normals(shape.reduce((a, b) => a * b)), shape) };

const outputs = {};
for (const [form, session] of Object.entries(sessions)) outputs[form] = (await session.run(feeds)).output.data;
const times = await measure();
process.stdout.write(
  JSON.stringify({
    rounds: times.train.length,
    median: mapForms((form) => round(median(times[form]))),
    speedup: round(pairedRatio('train', 'ours')),
    ...(forms.author && { ratio: round(pairedRatio('ours', 'author')) }),
    differences: mapForms((form) => difference(outputs[form], outputs.train)),
    operators: [report.before.operators, report.after.operators],
    macs: [report.before.macs, report.after.macs],
  }),
);
process.exit(0); // worker threads would keep the process alive

async function loadRuntime() {
  if (runtime === 'node') return (await import('onnxruntime-node')).default;
  const web = await import('onnxruntime-web');
  web.env.wasm.numThreads = Number(threads);
  return web;
}

/** Idle sessions' threads must not spin, or they would take the time of the session that runs. */
function createSession(bytes) {
  return ort.InferenceSession.create(bytes, {
    graphOptimizationLevel: 'all',
    intraOpNumThreads: Number(threads),
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    ...(runtime === 'wasm' && { executionProviders: ['wasm'] }),
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
}

/** Rounds of one run each; the order turns from round to round, so that no form always follows the same one. */
async function measure() {
  const order = Object.keys(sessions);
  const result = mapForms(() => []);
  let start = performance.now();
  for (let round = -WARMUP; round < LEAST_ROUNDS || performance.now() - start < seconds * 1000; round++) {
    if (round === 0) start = performance.now();
    for (let index = 0; index < order.length; index++) {
      const form = order[(index + round + WARMUP) % order.length];
      const begin = performance.now();
      await sessions[form].run(feeds);
      if (round >= 0) result[form].push(performance.now() - begin);
    }
  }
  return result;
}

/** Median over the rounds of how many times as long the first form took. */
function pairedRatio(first, second) {
  return median(times[first].map((time, round) => time / times[second][round]));
}

function mapForms(action) {
  return Object.fromEntries(Object.keys(forms).map((form) => [form, action(form)]));
}

/** Largest difference, relative to the largest output. */
function difference(found, expected) {
  let largest = 0;
  let distance = 0;
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i]));
    distance = Math.max(distance, Math.abs(found[i] - expected[i]));
  }
  return Number((distance / largest).toExponential(2));
}

/** Seeded normal values (Box and Muller, on a linear congruence). */
function normals(count) {
  let state = 1;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 1) / 2 ** 32;
  };
  return Float32Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

function round(value) {
  return Math.round(value * 1000) / 1000;
}
