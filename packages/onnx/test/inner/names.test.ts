/** Names in bodies: what they may and may not stand for. */
import { expect, it } from 'vitest';
import { reparameterize } from '../../src/index.ts';
import { fileOf, type TestGraph } from '../graph-file.ts';
import { body, branchNodes, branchWeights, choose, condition, handOn, image } from './inner-graph.ts';

it('a caller may override a constant inside of a body too', async () => {
  const inner = body(branchNodes('x', 'w', 'y'), [], 'y');
  const graph = image({
    nodes: [choose('z', [inner, handOn('x', 'same')])],
    tensors: [condition, ...branchWeights('w')],
    outputs: ['z'],
    inputs: [{ name: 'x', dims: [1, 4, 6, 5] }, ...branchWeights('w').map(({ name, dims }) => ({ name, dims }))],
  });
  const { model, report } = await reparameterize(fileOf(graph));
  expect(report.refusals.map(({ reason }) => reason)).toContain('overridable');
  expect(Buffer.compare(model, fileOf(graph))).toBe(0);
});

it('a name that a body defines is not the constant of that name around it', async () => {
  const loop: TestGraph = {
    opset: 17,
    inputs: [
      { name: 'step', dims: [], whole: true },
      { name: 'go', dims: [], whole: 'bool' },
      { name: 'w1', dims: [4, 4, 1, 1] },
    ],
    tensors: [],
    nodes: [
      ...branchNodes('x', 'w', 'y'),
      { op: 'Identity', inputs: ['go'], outputs: ['kept'] },
      { op: 'Neg', inputs: ['w1'], outputs: ['next'] },
    ],
    outputs: ['kept', 'next', 'y'],
    conditions: ['kept'],
  };
  const count = { name: 'count', dims: [], values: [2], whole: true };
  const node = {
    op: 'Loop',
    inputs: ['count', '', 'w1'],
    outputs: ['last', 'all'],
    attributes: { body: { body: loop } },
  };
  const graph = image({ nodes: [node], tensors: [count, ...branchWeights('w')], outputs: ['last', 'all'] });
  const { report } = await reparameterize(fileOf(graph));
  expect(report.fusions).toEqual([]);
  expect(report.refusals.map(({ reason }) => reason)).toContain('not-constant');
});

it('a size that a body names is not the size of that name around it', async () => {
  const loop: TestGraph = {
    opset: 17,
    inputs: [
      { name: 'step', dims: [], whole: true },
      { name: 'go', dims: [], whole: 'bool' },
      { name: 'carried', dims: ['n', 4, 'h', 'w'] },
    ],
    tensors: [],
    nodes: [
      { op: 'Identity', inputs: ['go'], outputs: ['kept'] },
      { op: 'Add', inputs: ['x', 'carried'], outputs: ['next'] },
    ],
    outputs: ['kept', 'next'],
    conditions: ['kept'],
  };
  const count = { name: 'count', dims: [], values: [2], whole: true };
  const node = { op: 'Loop', inputs: ['count', '', 'start'], outputs: ['last'], attributes: { body: { body: loop } } };
  const inputs = [
    { name: 'x', dims: ['n', 4, 'h', 'w'] },
    { name: 'start', dims: ['m', 4, 'k', 'l'] },
  ];
  const { report } = await reparameterize(
    fileOf({ ...image({ nodes: [node], tensors: [count], outputs: ['last'] }), inputs }),
  );
  expect(report.refusals).toMatchObject([{ reason: 'broadcast', nodes: [{ name: 'node_last/body: node_next' }] }]);
});
