/** Trains a network of many branches on the cpu backend, makes its deploy model, and serves that on wasm. */
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { reparameterize, verify } from '@reparam/tfjs';
import { repConv2D } from '@reparam/tfjs/train';
import { loadDigits, tf } from './digits.js';

await tf.setBackend('cpu');
const { train, test } = loadDigits();

const style = { activation: 'relu', momentum: 0.9 };
const model = tf.sequential();
model.add(repConv2D(tf, { ...style, filters: 8, stride: 2, inputShape: [8, 8, 1] }));
model.add(repConv2D(tf, { ...style, filters: 8, skip: 'norm' }));
model.add(repConv2D(tf, { ...style, filters: 16, stride: 2 }));
model.add(tf.layers.flatten());
model.add(tf.layers.dense({ units: 10, activation: 'softmax' }));

const task = { optimizer: tf.train.adam(1e-2), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] };
model.compile(task);
const epochs = Number(process.env.EPOCHS ?? 10);
const onEpochEnd = (/** @type {number} */ epoch) => console.log(`epoch ${epoch + 1} of ${epochs}`);
await model.fit(train.images, train.labels, { epochs, callbacks: { onEpochEnd } });

const { model: deploy, report } = await reparameterize(tf, model);
console.log(`${report.before.operators} operators -> ${report.after.operators}`);

await tf.setBackend('wasm');
deploy.compile(task);
const scores = [model, deploy].map((each) => [each.evaluate(test.images, test.labels)].flat());
const accuracies = scores.map((score) => 100 * Number(score[1]?.dataSync()[0]));
const { outputs } = await verify(tf, model, deploy);
console.log(`accuracy on wasm ${accuracies.map((percent) => `${percent.toFixed(2)} %`).join(' -> ')}`);
console.log(`outputs within ${outputs[0]?.maxRelative.toExponential(1)} of their range`);

export { accuracies, deploy, outputs, report };
