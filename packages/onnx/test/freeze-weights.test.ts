/** Weights that are graph inputs too, with `freezeWeights`. */
import { readFileSync } from 'node:fs';
import { listOpsetModels } from '@reparam/testing';
import { expect, it } from 'vitest';
import { reparameterize } from '../src/index.ts';
import { openModel } from '../src/proto/model.ts';
import { bytesSource } from '../src/proto/source.ts';
import { measureQuantization } from '../src/quantization/index.ts';
import { verify } from '../src/verify/index.ts';
import { compareConverted } from './differential.ts';
import { fileOf, type TestGraph } from './graph-file.ts';
import { body, branchNodes, branchWeights, choose, condition, handOn, image } from './inner/inner-graph.ts';

const x = { name: 'x', dims: [1, 4, 6, 5] };
const asInputs = (prefix: string) => branchWeights(prefix).map(({ name, dims }) => ({ name, dims }));
const runs = [{ x: x.dims }];
const freezeWeights = true;

async function convert(graph: TestGraph) {
  const { model, report } = await reparameterize(fileOf(graph), { freezeWeights });
  const { graph: written, irVersion } = await openModel(bytesSource(model));
  const weights = [...written.initializers.keys()];
  return { model, report, irVersion, inputs: written.inputs.map(({ name }) => name), weights };
}

it.each([3, 8])('branches of a file of IR version %i merge, and the inputs are those that callers give', async (ir) => {
  const parts = { nodes: branchNodes('x', 'w', 'y'), tensors: branchWeights('w'), outputs: ['y'] };
  const graph = { ...image({ ...parts, inputs: [x, ...asInputs('w')] }), ir };
  expect((await reparameterize(fileOf(graph))).report).toMatchObject({ fusions: [], before: { operators: 3 } });
  const { report, inputs, irVersion } = await convert(graph);
  expect(report).toMatchObject({ frozenWeights: branchWeights('w').length, after: { operatorCounts: { Conv: 1 } } });
  expect(report.before.bytes).toBe(fileOf(graph).length);
  expect([inputs, irVersion]).toEqual([['x'], Math.max(4, ir)]);
  expect(await compareConverted({ graph, runs }, { freezeWeights })).toEqual({ fusions: report.fusions.length });
});

it('weights that nothing merges are constants too, and stay where they are', async () => {
  const tensors = branchWeights('w');
  const nodes = [
    { op: 'Mul', inputs: ['x', 'x'], outputs: ['square'] },
    { op: 'Conv', inputs: ['square', 'w1'], outputs: ['y'] },
  ];
  const graph = { ...image({ nodes, tensors, outputs: ['y'], inputs: [x, ...asInputs('w')] }), ir: 3 };
  const { report, inputs, weights, model } = await convert(graph);
  expect(report).toMatchObject({ fusions: [], frozenWeights: tensors.length });
  expect([inputs, weights]).toEqual([['x'], tensors.map(({ name }) => name)]);
  expect((await verify(fileOf(graph), model)).equal).toBe(true);
});

it('in bodies that read them too', async () => {
  const inner = body(branchNodes('x', 'w', 'y'), [], 'y');
  const tensors = [condition, ...branchWeights('w')];
  const graph = image({
    nodes: [choose('z', [inner, handOn('x', 'same')])],
    tensors,
    outputs: ['z'],
    inputs: [x, ...asInputs('w')],
  });
  expect(await compareConverted({ graph, runs }, { freezeWeights })).toEqual({ fusions: 1, inner: 1 });
});

it('a file without such weights is as without the option', async () => {
  const graph = image({ nodes: [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }], tensors: [], outputs: ['y'] });
  const { model, report } = await convert(graph);
  expect(Buffer.compare(model, fileOf(graph))).toBe(0);
  expect(report).not.toHaveProperty('frozenWeights');
});

it('a model that an exporter made so merges, and what int8 leaves of it is measured', async () => {
  const { path } = listOpsetModels().find(({ name }) => name === 'initializer-is-input')!;
  const bytes = new Uint8Array(readFileSync(path));
  const { model, report } = await reparameterize(bytes, { freezeWeights });
  expect(report.fusions.length).toBeGreaterThan((await reparameterize(bytes)).report.fusions.length);
  expect((await verify(bytes, model)).equal).toBe(true);
  const merged = async (options: object) =>
    (await measureQuantization(bytes, options)).layers.filter((layer) => layer.merged > 0).length;
  expect(await merged({ freezeWeights })).toBeGreaterThan(await merged({}));
});
