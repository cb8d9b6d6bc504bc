/** The ways in: artifacts, a model in memory, a handler, a folder; and what options do. */
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { io } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  arrayOf,
  diagonal,
  reparam,
  reparameterize,
  reparameterizeArtifacts,
  seededRandom,
  verify,
} from '../src/index.ts';
import { files, readModelFolder, writeModelFolder } from '../src/node.ts';
import { randomizeWeights, relativeDifference } from './compare.ts';
import { artifactsOf, loadLayers, tf } from './tensorflow.ts';

const folder = mkdtempSync(join(tmpdir(), 'reparam-tfjs-'));
beforeAll(() => tf.setBackend('cpu'));
afterAll(() => rmSync(folder, { recursive: true }));

function blockModel(size: number | null = 8, strides = 1) {
  const x = tf.input({ shape: [size, size, 3] as number[], name: 'image' });
  const branch = (kernelSize: number) => {
    const config = { filters: 3, kernelSize, padding: 'same' as const, strides, useBias: false };
    return tf.layers.batchNormalization().apply(tf.layers.conv2d(config).apply(x));
  };
  const sum = tf.layers.add().apply([branch(3), branch(1)] as never);
  const model = tf.model({
    inputs: x,
    outputs: tf.layers.activation({ activation: 'relu', name: 'out' }).apply(sum) as never,
  });
  randomizeWeights(model, seededRandom(3), false);
  return model;
}

const photo = (size = 8) =>
  tf.tensor(
    Float32Array.from({ length: size * size * 3 }, (_, i) => Math.sin(i)),
    [1, size, size, 3],
  );
const run = (model: { predict(x: never): unknown }, size?: number) => [model.predict(photo(size) as never)] as never[];

test('a model in memory: the source stays as it is, the optimizer is left out', async () => {
  const model = blockModel();
  model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
  const before = run(model);
  const { model: deploy, report } = await reparameterize(tf, model);
  expect(report.after.operators).toBe(1);
  expect(deploy.layers).toHaveLength(2);
  expect(model.layers).toHaveLength(7);
  expect(relativeDifference(before, run(deploy))).toBeLessThan(1e-5);
  expect(relativeDifference(before, run(model))).toBe(0);
});

test('a handler that converts while it loads', async () => {
  const artifacts = await artifactsOf(blockModel());
  let fusions = 0;
  const handler = reparam(tf.io.fromMemory(artifacts) as io.IOHandler, {
    onReport: (report) => (fusions = report.fusions.length),
  });
  const deploy = await tf.loadLayersModel(handler);
  expect(deploy.layers).toHaveLength(2);
  expect(fusions).toBeGreaterThan(0);
});

test('the input is not changed, and the same input gives the same bytes', async () => {
  const artifacts = await artifactsOf(blockModel());
  const text = JSON.stringify(artifacts.modelTopology);
  const [a, b] = [await reparameterizeArtifacts(artifacts), await reparameterizeArtifacts(artifacts)];
  expect(JSON.stringify(artifacts.modelTopology)).toBe(text);
  expect(a.artifacts).toEqual(b.artifacts);
  const dry = await reparameterizeArtifacts(artifacts, { dryRun: true });
  expect(dry.artifacts).toBe(artifacts);
  expect(dry.report.fusions).toHaveLength(a.report.fusions.length);
});

describe('options', () => {
  test('inputShape settles what padding depends on, and the new model says so', async () => {
    const artifacts = await artifactsOf(blockModel(null, 2));
    expect((await reparameterizeArtifacts(artifacts)).report.after.operators).toBeGreaterThan(1);
    const { artifacts: converted, report } = await reparameterizeArtifacts(artifacts, { inputShape: [1, 9, 9, 3] });
    expect(report.after.operators).toBe(1);
    const deploy = await loadLayers(converted);
    expect(deploy.inputs[0]!.shape).toEqual([null, 9, 9, 3]);
    expect(relativeDifference(run(await loadLayers(artifacts), 9), run(deploy, 9))).toBeLessThan(1e-5);
  });

  test('skip and only leave layers alone', async () => {
    const artifacts = await artifactsOf(blockModel());
    expect((await reparameterizeArtifacts(artifacts, { skip: ['*'] })).report.fusions).toEqual([]);
    const { report } = await reparameterizeArtifacts(artifacts, { only: ['Dense'] });
    expect(report.fusions).toEqual([]);
    expect(report.refusals.map(({ reason }) => reason)).toContain('excluded-by-option');
  });

  test('a layer of the caller is lifted by customLayers, and a barrier without', async () => {
    const artifacts = await artifactsOf(blockModel());
    const topology = JSON.parse(JSON.stringify(artifacts.modelTopology));
    const norm = topology.config.layers.find(
      (layer: { class_name: string }) => layer.class_name === 'BatchNormalization',
    );
    Object.assign(norm, { class_name: 'Halve' });
    const custom = { ...artifacts, modelTopology: topology };
    const operatorsLeft = async (options: object) =>
      (await reparameterizeArtifacts(custom, options)).report.after.operators;
    const halve = ({ channels }: { channels: number }) =>
      diagonal(channels, arrayOf(new Float64Array(channels).fill(0.5)), null);
    expect(await operatorsLeft({ customLayers: { Halve: halve } })).toBe(1);
    expect(await operatorsLeft({})).toBe(5);
  });

  test('new weights are float32, or as asked; float16 where the model is quantized', async () => {
    const artifacts = await artifactsOf(blockModel());
    for (const [quantization, dtype, tolerance] of [
      ['float32', undefined, 1e-5],
      ['float16', 'float16', 2e-3],
      ['uint16', 'uint16', 1e-3],
      ['uint8', 'uint8', 5e-2],
    ] as const) {
      const { artifacts: converted, report } = await reparameterizeArtifacts(artifacts, { quantization });
      const [kernel, bias] = converted.weightSpecs!;
      expect(kernel!.quantization?.dtype).toBe(dtype);
      expect(bias!.quantization).toBeUndefined();
      expect(relativeDifference(run(await loadLayers(artifacts)), run(await loadLayers(converted)))).toBeLessThan(
        tolerance,
      );
      if (!dtype) continue;
      expect(report.fusions[0]!.rounding).toBeGreaterThan(0);
      const again = await reparameterizeArtifacts(converted, { quantization });
      expect(again.report.fusions).toEqual([]);
    }
  });
});

describe('on disk', () => {
  test('a folder is written, read and loaded; a model in it is kept unless told', async () => {
    const artifacts = await artifactsOf(blockModel());
    const path = join(folder, 'model');
    writeModelFolder(path, artifacts);
    expect(readdirSync(path).sort()).toEqual(['group1-shard1of1.bin', 'model.json']);
    expect((await readModelFolder(join(path, 'model.json'))).weightSpecs).toEqual(artifacts.weightSpecs);
    const loaded = await tf.loadLayersModel(files<io.ModelArtifacts>(path));
    expect(relativeDifference(run(await loadLayers(artifacts)), run(loaded))).toBe(0);
    expect(() => writeModelFolder(path, artifacts)).toThrow(/has a model.json already/);
    await loaded.save(files<io.ModelArtifacts>(path, { overwrite: true }));
  });

  test('shards are of 4 MiB, and weights lie across them', async () => {
    const model = tf.sequential();
    model.add(tf.layers.dense({ inputShape: [1100], units: 1100 }));
    const path = join(folder, 'large');
    writeModelFolder(path, await artifactsOf(model));
    expect(readdirSync(path).sort()).toEqual(['group1-shard1of2.bin', 'group1-shard2of2.bin', 'model.json']);
    await tf.loadLayersModel(reparam(files<io.ModelArtifacts>(path)));
    truncateSync(join(path, 'group1-shard2of2.bin'), 100);
    await expect(reparam(files<io.ModelArtifacts>(path)).load()).rejects.toThrow(/weight data ends after/);
    rmSync(join(path, 'group1-shard2of2.bin'));
    await expect(readModelFolder(path)).rejects.toThrow(/there is no such file/);
  });

  test('what is no model.json', async () => {
    const path = join(folder, 'other.json');
    writeFileSync(path, '{"weightsManifest": []}');
    await expect(readModelFolder(path)).rejects.toThrow(/no modelTopology/);
    writeFileSync(path, '{');
    await expect(readModelFolder(path)).rejects.toThrow(/no JSON/);
    writeFileSync(path, '{"modelTopology": {}, "weightsManifest": [{"paths": ["../../secret"], "weights": []}]}');
    await expect(readModelFolder(path)).rejects.toThrow(/expected a path within its folder/);
  });
});

describe('verify', () => {
  test('equal models, and ones that differ', async () => {
    const model = blockModel();
    const artifacts = await artifactsOf(model);
    const { artifacts: converted } = await reparameterizeArtifacts(artifacts);
    const report = await verify(tf, model, converted);
    expect(report.equal).toBe(true);
    expect(report.cases.length).toBeGreaterThan(3);
    expect(report.outputs[0]!.maxRelative).toBeLessThan(1e-5);
    const weightData = new Uint8Array((converted.weightData as ArrayBuffer).slice(0));
    new Float32Array(weightData.buffer)[0]! += 0.1;
    const other = await verify(tf, artifacts, { ...converted, weightData: weightData.buffer });
    expect(other.equal).toBe(false);
    expect(other.failure!.reason).toBe('value');
  });

  test('a Sequential model, which has no names before it is built', async () => {
    const model = tf.sequential();
    model.add(tf.layers.inputLayer({ inputShape: [6, 6, 3] }));
    model.add(tf.layers.conv2d({ filters: 2, kernelSize: 3 }));
    model.add(tf.layers.batchNormalization());
    const artifacts = await artifactsOf(model);
    const { artifacts: converted } = await reparameterizeArtifacts(artifacts);
    const report = await verify(tf, artifacts, converted);
    expect(report.failure).toBeUndefined();
    expect(report.cases.length).toBeGreaterThan(0);
  });

  test('models of other inputs', async () => {
    const report = await verify(tf, blockModel(), blockModel(5));
    expect(report.failure!.reason).toBe('interface');
  });
});
