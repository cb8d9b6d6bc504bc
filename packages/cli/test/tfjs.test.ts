/** The commands on TensorFlow.js models, which are recognised by what is in them. */
import '@tensorflow/tfjs-backend-cpu';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { type ModelArtifacts, seededRandom } from '@reparam/tfjs';
import { files } from '@reparam/tfjs/node';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { beforeEach, expect, test } from 'vitest';
import { useWorkspace } from './command-line.ts';

const workspace = useWorkspace();

beforeEach(async () => {
  await tf.setBackend('cpu');
  await blockModel().save(files<ModelArtifacts>(workspace.path('block')) as never);
});

/** A 3x3 and a 1x1 convolution with their normalizations, added. */
function blockModel() {
  const x = layers.input({ shape: [8, 8, 3], name: 'image' });
  const branches = [3, 1].map((kernelSize) => {
    const conv = layers.layers.conv2d({ filters: 4, kernelSize, padding: 'same', useBias: false });
    return layers.layers.batchNormalization().apply(conv.apply(x));
  });
  const model = layers.model({
    inputs: x,
    outputs: layers.layers.add({ name: 'sum' }).apply(branches as never) as never,
  });
  const random = seededRandom(5);
  const values = (count: number) => Float32Array.from({ length: count }, () => 0.5 + random());
  model.setWeights(model.getWeights().map((weight) => tf.tensor(values(weight.size), weight.shape)));
  return model;
}

test('convert writes a folder beside the model, and refuses to replace it', async () => {
  const { code, out } = await workspace.run('convert', 'block');
  expect(code).toBe(0);
  expect(out).toContain('block -> block.deploy');
  expect(readdirSync(workspace.path('block.deploy')).sort()).toEqual(['group1-shard1of1.bin', 'model.json']);
  const { modelTopology } = JSON.parse(workspace.read('block.deploy/model.json').toString());
  expect(modelTopology.config.layers.map((layer: { class_name: string }) => layer.class_name)).toEqual([
    'InputLayer',
    'Conv2D',
  ]);
  const again = await workspace.run('convert', 'block/model.json');
  expect(again.code).toBe(1);
  expect(again.err).toContain('has a model.json already');
  expect((await workspace.run('convert', 'block/model.json', '--force')).code).toBe(0);
});

test('convert --verify runs both models in TensorFlow.js', async () => {
  const { code, out } = await workspace.run('convert', 'block', 'out', '--verify');
  expect(out).toContain('verified equal (TensorFlow.js');
  expect(code).toBe(0);
  expect(existsSync(workspace.path('out/model.json'))).toBe(true);
});

test('convert --quantization says how new weights are stored', async () => {
  const stored = async (output: string, ...flags: string[]) => {
    expect((await workspace.run('convert', 'block', output, ...flags)).code).toBe(0);
    const { weightsManifest } = JSON.parse(workspace.read(`${output}/model.json`).toString());
    const [kernel] = weightsManifest[0].weights.filter((weight: { shape: number[] }) => weight.shape.length === 4);
    return kernel.quantization?.dtype;
  };
  expect(await stored('plain')).toBeUndefined();
  expect(await stored('bytes', '--quantization', 'uint8')).toBe('uint8');
  expect(await stored('halves', '--quantization', 'float16')).toBe('float16');
  const wrong = await workspace.run('convert', 'block', '--quantization', 'int4');
  expect(wrong.code).toBe(1);
  expect(wrong.err).toContain('float32, float16, uint16, uint8');
});

test('--quantization is refused for ONNX models', async () => {
  const { code, err } = await workspace.run('convert', 'digits.onnx', '--quantization', 'uint8');
  expect(code).toBe(1);
  expect(err).toContain('--quantization is for TensorFlow.js models');
});

test('convert --check and --dry-run write nothing', async () => {
  expect((await workspace.run('convert', 'block', '--check')).code).toBe(2);
  const { code, out } = await workspace.run('convert', 'block', '--dry-run', '--format', 'json');
  expect(code).toBe(0);
  const [{ report }] = JSON.parse(out).files;
  expect(report.format).toBe('layers-model');
  expect(report.after.operators).toBe(1);
  expect(readdirSync(workspace.folder)).toEqual(['block', 'digits.onnx']);
});

test('inspect says what is in it and what would fuse', async () => {
  const { code, out } = await workspace.run('inspect', 'block');
  expect(code).toBe(0);
  expect(out).toContain('layers-model');
  expect(out).toContain('image [batch, 8, 8, 3] -> sum [batch, 8, 8, 4]');
  expect(out).toContain('would fuse: ');
});

test('verify and bench run both', async () => {
  await workspace.run('convert', 'block');
  const verified = await workspace.run('verify', 'block', 'block.deploy', '--backend', 'cpu');
  expect(verified.out).toContain('equal: block and block.deploy agree');
  expect(verified.code).toBe(0);
  const measured = await workspace.run(
    'bench',
    'block',
    'block.deploy/model.json',
    '--seconds',
    '0.1',
    '--format',
    'json',
  );
  expect(measured.code).toBe(0);
  expect(JSON.parse(measured.out).models).toHaveLength(2);
});

test('a missing shard is one clear error', async () => {
  rmSync(workspace.path('block/group1-shard1of1.bin'));
  const { code, err } = await workspace.run('convert', 'block');
  expect(code).toBe(1);
  expect(err).toMatch(/a shard that .* names, cannot be read: there is no such file/);
});
