/** In the page: measures a model before and after conversion on one backend. `browser.mjs` bundles and calls it. */
import '@tensorflow/tfjs-backend-webgl';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as converter from '@tensorflow/tfjs-converter';
import * as core from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { benchModels, verify } from '../../packages/tfjs/dist/index.js';

const tf = { ...core, ...layers, ...converter };
setWasmPaths('/wasm/');
tf.enableProdMode();

/** As many as take so long, where that is more than five. */
const runsOf = (pair, seconds) => (pair * 5 > seconds ? { runs: 5 } : { seconds });

globalThis.measure = async ({ backend, isGraph, options, rounds }) => {
  if (!(await tf.setBackend(backend))) throw new Error(`there is no ${backend}`);
  await tf.ready();
  const load = (form) =>
    isGraph ? tf.loadGraphModel(`/models/${form}/model.json`) : tf.loadLayersModel(`/models/${form}/model.json`);
  const models = [
    { name: 'train', model: await load('train') },
    { name: 'deploy', model: await load('deploy') },
  ];
  const start = performance.now();
  const spent = () => (performance.now() - start) / 1000;
  const done = (what) => console.log(`done: ${what} after ${spent().toFixed(0)} s`);
  done('loaded');
  // The first runs compile; so they are the warm-up of a model that is slow.
  const { cases } = await verify(tf, models[0].model, models[1].model, { ...options, samples: 1, tolerance: 1 });
  done('compared');
  const before = spent();
  let bench = await benchModels(tf, models, { ...options, loads: 0, runs: 1, warmup: 0 });
  done('run once');
  const pair = spent() - before;
  const { seconds, warmup, budget } = rounds;
  const fits = Math.floor((0.8 * budget - spent()) / pair);
  if (fits >= warmup + 5)
    bench = await benchModels(tf, models, { ...options, loads: 0, ...runsOf(pair, seconds), warmup });
  else if (fits >= 1)
    bench = await benchModels(tf, models, { ...options, loads: 0, runs: Math.min(5, fits), warmup: 0 });
  const [train, deploy] = bench.models;
  return {
    train: train.median,
    deploy: deploy.median,
    ratio: 1 / deploy.ratio,
    runs: bench.runs,
    error: Math.max(...cases.map((each) => each.maxRelative)),
    ...(backend === 'webgl' && { float32: tf.env().getBool('WEBGL_RENDER_FLOAT32_ENABLED') }),
  };
};
