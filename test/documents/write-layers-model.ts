/** A small TensorFlow.js model on disk for the documents' examples, written by the packages that the project has. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runWell } from '../consumer/run-program.ts';

const PROGRAM = `
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-layers';
import { artifactsOf } from '@reparam/tfjs';
import { writeModelFolder } from '@reparam/tfjs/node';

const x = tf.input({ shape: [8, 8, 4] });
const branch = (kernelSize) => {
  const layer = tf.layers.conv2d({ filters: 4, kernelSize, padding: 'same', useBias: false });
  return tf.layers.batchNormalization().apply(layer.apply(x));
};
const sum = tf.layers.add().apply([branch(3), branch(1), tf.layers.batchNormalization().apply(x)]);
const model = tf.model({ inputs: x, outputs: tf.layers.reLU().apply(sum) });
writeModelFolder('layers-model', await artifactsOf(model));
`;

/** Its folder, in `project`. */
export async function writeLayersModel(project: string): Promise<string> {
  await writeFile(join(project, 'write-model.mjs'), PROGRAM);
  await runWell('node', ['write-model.mjs'], project);
  return join(project, 'layers-model');
}
