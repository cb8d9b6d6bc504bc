/** Trains a network of many branches on the cpu backend, makes its deploy model, and serves that on wasm. */
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { reparameterize, verify } from '@reparam/tfjs';
import { repVGGBlock } from '@reparam/tfjs/train';
import * as core from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { loadDigits } from './digits.js';

const tf = { ...core, ...layers };
await tf.setBackend('cpu');
const { train, test } = loadDigits();

const image = tf.input({ shape: [8, 8, 1] });
let x = repVGGBlock(tf, { filters: 8, stride: 2, momentum: 0.9 }).apply(image);
x = repVGGBlock(tf, { filters: 8, momentum: 0.9 }).apply(x);
x = repVGGBlock(tf, { filters: 16, stride: 2, momentum: 0.9 }).apply(x);
const flat = /** @type {layers.SymbolicTensor} */ (tf.layers.flatten().apply(x));
const head = tf.layers.dense({ units: 10, activation: 'softmax' }).apply(flat);
const model = tf.model({ inputs: image, outputs: /** @type {layers.SymbolicTensor} */ (head) });

model.compile({ optimizer: tf.train.adam(1e-2), loss: 'sparseCategoricalCrossentropy' });
const epochs = Number(process.env.EPOCHS ?? 10);
const onEpochEnd = (/** @type {number} */ epoch, /** @type {layers.Logs | undefined} */ logs) =>
  console.log(`epoch ${epoch + 1} of ${epochs}: loss ${logs?.loss?.toFixed(3)}`);
await model.fit(train.images, train.labels, { epochs, batchSize: 32, verbose: 0, callbacks: { onEpochEnd } });

const { model: deploy, report } = await reparameterize(tf, model);
console.log(`${report.before.operators} operators -> ${report.after.operators}`);

await tf.setBackend('wasm');
/** Share of the test images that a model labels right, in percent. @param {layers.LayersModel} served */
const accuracyOf = (served) => {
  const scores = /** @type {core.Tensor} */ (served.predict(test.images, { batchSize: 450 }));
  const right = tf.equal(tf.argMax(scores, 1), tf.cast(test.labels, 'int32'));
  return (100 * Number(tf.sum(tf.cast(right, 'int32')).dataSync()[0])) / test.labels.size;
};
const accuracies = [accuracyOf(model), accuracyOf(deploy)];
const { outputs } = await verify(tf, model, deploy);
const difference = Math.max(...outputs.map(({ maxRelative }) => maxRelative));
console.log(`accuracy on wasm ${accuracies.map((percent) => `${percent.toFixed(2)} %`).join(' -> ')}`);
console.log(`outputs within ${difference.toExponential(1)} of their range`);

export { accuracies, deploy, difference, report };
