/** Trains a network of many branches on the cpu backend, makes its deploy model, and serves that on wasm. */
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { reparameterize } from '@reparam/tfjs';
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
const head = tf.layers.dense({ units: 10, activation: 'softmax' }).apply(tf.layers.flatten().apply(x));
const model = tf.model({ inputs: image, outputs: head });
model.compile({ optimizer: tf.train.adam(1e-2), loss: 'sparseCategoricalCrossentropy' });
const epochs = Number(process.env.EPOCHS ?? 10);
await model.fit(train.images, train.labels, {
  epochs,
  batchSize: 32,
  verbose: 0,
  callbacks: {
    onEpochEnd: (epoch, logs) => console.log(`epoch ${epoch + 1} of ${epochs}: loss ${logs?.loss.toFixed(3)}`),
  },
});

const { model: deploy, report } = await reparameterize(tf, model);
console.log(`${report.before.operators} operators -> ${report.after.operators}`);

await tf.setBackend('wasm');
/** What it says of the test images. @param {layers.LayersModel} served */
const run = (served) => /** @type {core.Tensor} */ (served.predict(test.images, { batchSize: 450 }));
/** Share of them with the right digit, in percent. @param {core.Tensor} scores */
const accuracy = (scores) =>
  100 * tf.mean(tf.cast(tf.equal(tf.argMax(scores, 1), tf.cast(test.labels, 'int32')), 'float32')).dataSync()[0];
const [before, after] = [run(model), run(deploy)];
export const difference = tf.div(tf.max(tf.abs(tf.sub(before, after))), tf.max(tf.abs(before))).dataSync()[0];
export const accuracies = [accuracy(before), accuracy(after)];
console.log(
  `accuracy on ${tf.getBackend()}: ${accuracies.map((a) => `${a.toFixed(2)} %`).join(' -> ')}, outputs within ${difference.toExponential(1)}`,
);

export { deploy, model, report };
