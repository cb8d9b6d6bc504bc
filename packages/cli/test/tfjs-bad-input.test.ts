/** Damaged TensorFlow.js models on the command line: one line that says what is wrong, at once, and nothing written. */
import '@tensorflow/tfjs-backend-cpu';
import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import type { ModelArtifacts } from '@reparam/tfjs';
import { files } from '@reparam/tfjs/node';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { beforeEach, expect, test } from 'vitest';
import { useWorkspace } from './command-line.ts';

const space = useWorkspace();

type Json = Record<string, never> & Json[];
type ModelJson = { modelTopology: Json; weightsManifest: { paths: string[]; weights: Json[] }[] };

beforeEach(async () => {
  await tf.setBackend('cpu');
  const x = layers.input({ shape: [4, 4, 2], name: 'image' });
  const convolved = layers.layers.conv2d({ filters: 2, kernelSize: 1, name: 'conv' }).apply(x);
  const y = layers.layers.batchNormalization({ name: 'norm' }).apply(convolved) as layers.SymbolicTensor;
  await layers.model({ inputs: x, outputs: y }).save(files<ModelArtifacts>(space.path('model')) as never);
});

function change(edit: (json: ModelJson, layers: Json) => void): void {
  const json = JSON.parse(space.read('model/model.json').toString()) as ModelJson;
  edit(json, (json.modelTopology as unknown as { config: { layers: Json } }).config.layers);
  writeFileSync(space.path('model/model.json'), JSON.stringify(json));
}

const put = (target: unknown, key: string | number, value: unknown) => {
  (target as Record<string | number, unknown>)[key] = value;
};
const inbound = (layer: number, nodes: unknown) => () => change((_, list) => put(list[layer], 'inbound_nodes', nodes));

test.each<[what: string, damage: () => void, message: RegExp]>([
  ['a missing shard', () => rmSync(space.path('model/group1-shard1of1.bin')), /a shard that .* names, cannot be read/],
  ['a short shard', () => truncateSync(space.path('model/group1-shard1of1.bin'), 20), /ends after 20 bytes/],
  [
    'a shard elsewhere',
    () => change((json) => put(json.weightsManifest[0]!.paths, 0, '../x.bin')),
    /within its folder/,
  ],
  [
    'a dtype that there is not',
    () => change((json) => put(json.weightsManifest[0]!.weights[0], 'dtype', 'float64')),
    /dtype "float64"/,
  ],
  [
    'a weight that is listed twice',
    () => change((json) => put(json.weightsManifest[0]!.weights[1], 'name', 'conv/kernel')),
    /"conv\/kernel" is listed twice/,
  ],
  [
    'trainable weights only',
    () => {
      change((json) => {
        const [group] = json.weightsManifest;
        group!.weights = group!.weights.filter(({ name }) => !String(name).includes('moving')) as Json[];
      });
      truncateSync(space.path('model/group1-shard1of1.bin'), (2 * 2 + 2 + 2 + 2) * 4);
    },
    /saved with trainable weights only/,
  ],
  ['a cycle', inbound(1, [[['norm', 0, 0, {}]]]), /depend on its own output/],
  ['inbound_nodes that are no list', inbound(1, 'image'), /inbound_nodes of "conv"/],
  ['a call that is not there', inbound(2, [[['conv', 3, 0, {}]]]), /call 3 of layer "conv"/],
  ['Keras 3', inbound(1, [{ args: [], kwargs: {} }]), /Keras 3/],
  ['half a model.json', () => truncateSync(space.path('model/model.json'), 100), /is no JSON/],
  [
    'weights without a topology',
    () =>
      writeFileSync(space.path('model/model.json'), JSON.stringify([{ paths: ['a.bin'], weights: [{ name: 'a' }] }])),
    /lists weights alone/,
  ],
  [
    'no model.json',
    () => rmSync(space.path('model/model.json')),
    /the model of that folder, cannot be read: there is no/,
  ],
])('%s', async (_, damage, message) => {
  damage();
  const { code, out, err } = await space.run('convert', 'model', 'out');
  expect(err).toMatch(message);
  expect(err.match(/^error: /gm)).toHaveLength(1);
  expect(err).not.toMatch(/\n\s+at /);
  expect([code, out]).toEqual([1, '']);
  expect(space.exists('out')).toBe(false);
  expect((await space.run('inspect', 'model')).code).toBe(1);
});

test('a folder without a model is none for any command', async () => {
  mkdirSync(space.path('empty'));
  for (const command of [
    ['inspect', 'empty'],
    ['convert', 'empty'],
    ['verify', 'empty', 'model'],
    ['bench', 'empty'],
  ]) {
    const { code, err } = await space.run(...command);
    expect(code).toBe(1);
    expect(err).toMatch(/the model of that folder, cannot be read: there is no such file/);
  }
});
