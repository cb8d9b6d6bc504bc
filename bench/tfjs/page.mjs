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

globalThis.measure = async ({ backend, isGraph, options, rounds }) => {
  if (!(await tf.setBackend(backend))) throw new Error(`there is no ${backend}`);
  await tf.ready();
  const load = (form) =>
    isGraph ? tf.loadGraphModel(`/models/${form}/model.json`) : tf.loadLayersModel(`/models/${form}/model.json`);
  const models = [
    { name: 'train', model: await load('train') },
    { name: 'deploy', model: await load('deploy') },
  ];
  const bench = await benchModels(tf, models, { ...options, ...rounds });
  const { cases } = await verify(tf, models[0].model, models[1].model, { ...options, samples: 1, tolerance: 1 });
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
