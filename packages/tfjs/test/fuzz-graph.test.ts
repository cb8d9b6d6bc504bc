/** Random Graph models compute the same after conversion, on the cpu backend. */
import type { Tensor } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { reparameterizeArtifacts, seededRandom } from '../src/index.ts';
import { relativeDifference } from './compare.ts';
import { randomGraph } from './random-graph.ts';
import { testSeeds } from './run-seeds.ts';
import { loadGraph, tf } from './tensorflow.ts';

async function convertOnce(seed: number): Promise<number> {
  const random = seededRandom(seed);
  const { artifacts, input, dims, open } = randomGraph(random);
  const before = JSON.stringify(artifacts.modelTopology);
  const options = { seed, border: seed % 3 === 0 ? 'repair' : 'exact' } as const;
  const { artifacts: converted, report } = await reparameterizeArtifacts(artifacts, options);
  expect(JSON.stringify(artifacts.modelTopology)).toBe(before);
  const [model, deploy] = [await loadGraph(artifacts), await loadGraph(converted)];
  const names = model.outputNodes;
  expect(deploy.outputNodes).toEqual(names);
  for (const shift of open.slice(1).some(Boolean) ? [0, 1, 3] : [0]) {
    const shape = dims.map((size, axis) => (open[axis] ? size + shift : size));
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random() * 2 - 1);
    const feeds = { [input]: tf.tensor(values, shape) };
    let outputs: Tensor[];
    try {
      outputs = model.execute(feeds, names) as Tensor[];
    } catch {
      continue; // sizes that do not fit each other
    }
    const others = deploy.execute(feeds, names) as Tensor[];
    const list = (tensors: Tensor | Tensor[]) => (Array.isArray(tensors) ? tensors : [tensors]);
    const floor = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 1000;
    const difference = relativeDifference(list(outputs), list(others), floor);
    expect(difference, `seed ${seed}, shift ${shift}`).toBeLessThan(1e-3);
  }
  const again = await reparameterizeArtifacts(converted, options);
  expect(again.report.fusions, `seed ${seed}: converting twice`).toEqual([]);
  return report.fusions.length;
}

testSeeds('Graph', convertOnce);
