/** The field's structures as stock layers of TensorFlow.js, small, with seeded weights that are not neutral. */
import '@tensorflow/tfjs-backend-cpu';
import { seededRandom } from '@reparam/core';
import { env, setBackend, tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-layers';

/** @typedef {import('@tensorflow/tfjs-layers').SymbolicTensor} Value */

const CHANNELS = 4;

/** @param {{ apply: (x: never) => unknown }} layer @param {Value | Value[]} x */
const apply = (layer, x) => /** @type {Value} */ (layer.apply(/** @type {never} */ (x)));
/** @param {Value} x */
const bn = (x) => apply(tf.layers.batchNormalization(), x);
/** @param {Value} x @param {number | [number, number]} kernelSize @param {object} [more] */
const conv = (x, kernelSize, more) =>
  apply(tf.layers.conv2d({ filters: CHANNELS, kernelSize, padding: 'same', useBias: false, ...more }), x);
/** @param {Value} x @param {number} kernelSize */
const depthwise = (x, kernelSize) =>
  apply(tf.layers.depthwiseConv2d({ kernelSize, padding: 'same', useBias: false }), x);
/** @param {Value[]} values */
const add = (...values) => apply(tf.layers.add(), values);
/** @param {Value} x */
const relu = (x) => apply(tf.layers.reLU(), x);
/** @param {Value} x */
const pad = (x) => apply(tf.layers.zeroPadding2d({ padding: 1 }), x);
/** @param {Value} x @param {number} scale */
const times = (x, scale) => apply(tf.layers.rescaling({ scale }), x);
/** @param {Value} x @param {number} units @param {object} [more] */
const dense = (x, units, more) => apply(tf.layers.dense({ units, ...more }), x);
/** @param {Value} x */
const mean3 = (x) => apply(tf.layers.averagePooling2d({ poolSize: 3, strides: 1, padding: 'valid' }), pad(x));

const MAP = [8, 8, CHANNELS];

/** By name: the shape of the input, and the block. @type {Record<string, [shape: number[], build: (x: Value) => Value]>} */
const BLOCKS = {
  repvgg: [MAP, (x) => relu(add(bn(conv(x, 3)), bn(conv(x, 1)), bn(x)))],
  qarepvgg: [MAP, (x) => relu(bn(add(bn(conv(x, 3)), conv(x, 1), x, mean3(x))))],
  acnet: [MAP, (x) => relu(add(bn(conv(x, 3)), bn(conv(x, [1, 3])), bn(conv(x, [3, 1]))))],
  dbb: [
    MAP,
    (x) => {
      const padded = pad(x);
      const sequence = bn(conv(bn(conv(padded, 1)), 3, { padding: 'valid' }));
      const average = tf.layers.averagePooling2d({ poolSize: 3, strides: 1, padding: 'valid' });
      return relu(add(bn(conv(x, 3)), bn(conv(x, 1)), sequence, bn(apply(average, bn(conv(padded, 1))))));
    },
  ],
  mobileone: [
    MAP,
    (x) => {
      const spatial = relu(add(bn(depthwise(x, 3)), bn(depthwise(x, 3)), bn(depthwise(x, 1)), bn(x)));
      return relu(add(bn(conv(spatial, 1)), bn(conv(spatial, 1)), bn(spatial)));
    },
  ],
  fastvit: [
    MAP,
    (x) => {
      const mixer = add(bn(depthwise(x, 3)), bn(depthwise(x, 1)), bn(x));
      return add(x, depthwise(add(mixer, times(bn(x), -1)), 1));
    },
  ],
  repvit: [MAP, (x) => bn(add(bn(depthwise(x, 3)), depthwise(x, 1), x))],
  repghost: [MAP, (x) => relu(add(bn(depthwise(x, 3)), bn(x)))],
  replknet: [[16, 16, CHANNELS], (x) => relu(add(bn(depthwise(x, 13)), bn(depthwise(x, 5))))],
  vanillanet: [
    MAP,
    (x) =>
      relu(bn(conv(apply(tf.layers.leakyReLU({ alpha: 1 }), bn(conv(x, 4, { strides: 4, padding: 'valid' }))), 1))),
  ],
  sesr: [MAP, (x) => add(conv(conv(x, 3, { filters: 32 }), 1), x)],
  lora: [[16], (x) => add(dense(x, 16), times(dense(dense(x, 2, { useBias: false }), 16, { useBias: false }), 2))],
  'scaled-branches': [MAP, (x) => bn(add(depthwise(conv(x, 3), 1), depthwise(conv(x, 1), 1), depthwise(x, 1)))],
  detectors: [MAP, (x) => add(bn(conv(x, 3)), times(bn(conv(x, 1)), 0.5))],
  hybrids: [[16], (x) => apply(tf.layers.average(), [dense(bn(x), 8), dense(bn(x), 8)])],
};

/** The models by name, on the cpu backend. */
export async function buildLayersModels() {
  env().set('IS_TEST', true); // no advice to install tfjs-node
  await setBackend('cpu');
  return Object.entries(BLOCKS).map(([name, [shape, build]], index) => {
    const x = tf.input({ shape });
    const model = tf.model({ inputs: x, outputs: build(x) });
    randomize(model, index);
    return { name, model, input: seededTensor([1, ...shape], -1, 1, 99) };
  });
}

/** Variances are positive, everything else has both signs. @param {import('@tensorflow/tfjs-layers').LayersModel} model @param {number} seed */
function randomize(model, seed) {
  for (const layer of model.layers) {
    const weights = layer.weights.map(({ shape, originalName }) => {
      const low = originalName.includes('variance') ? 0.5 : -1;
      return seededTensor(/** @type {number[]} */ (shape), low, originalName.includes('variance') ? 2 : 1, seed++);
    });
    if (weights.length > 0) layer.setWeights(weights);
  }
}

/** @param {number[]} shape @param {number} low @param {number} high @param {number} seed */
function seededTensor(shape, low, high, seed) {
  const random = seededRandom(seed);
  const count = shape.reduce((product, size) => product * size, 1);
  return tensor(
    Array.from({ length: count }, () => low + (high - low) * random()),
    shape,
  );
}
