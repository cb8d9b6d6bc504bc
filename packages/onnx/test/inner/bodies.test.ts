/** Fusing inside bodies of control flow: what is read across their borders, and what the file keeps. */
import { expect, it } from 'vitest';
import { reparameterize } from '../../src/index.ts';
import { lintModel } from '../../src/lint/index.ts';
import { measureQuantization } from '../../src/quantization/index.ts';
import { fileOf } from '../graph-file.ts';
import { convert } from './convert.ts';
import { body, branchNodes, branchWeights, choose, condition, handOn, image, weight } from './inner-graph.ts';

it('reports say where a node is, and patterns may', async () => {
  const inner = body(branchNodes('x', 'w', 'y'), branchWeights('w'), 'y');
  const graph = image({ nodes: [choose('z', [inner, handOn('x', 'same')])], tensors: [condition], outputs: ['z'] });
  const { report } = await convert(graph);
  expect(report.fusions).toMatchObject([
    {
      name: 'node_z/then_branch: y',
      nodes: [
        { name: 'node_z/then_branch: node_y_3', opType: 'Conv' },
        { name: 'node_z/then_branch: node_y_1', opType: 'Conv' },
        { name: 'node_z/then_branch: node_y', opType: 'Add' },
      ],
      into: [{ name: 'node_z/then_branch: node_y', opType: 'Conv' }],
    },
  ]);
  expect(report.before.operatorCounts).toEqual({ Conv: 2, Add: 1, If: 1, Relu: 1 });
  expect(report.after.operatorCounts).toEqual({ Conv: 1, If: 1, Relu: 1 });
  for (const pattern of ['node_z/then_branch: *', 'node_z/*', 'node_y', 'Add']) {
    const skipped = (await reparameterize(fileOf(graph), { skip: [pattern] })).report;
    expect(skipped.fusions, pattern).toEqual([]);
    expect(skipped.unmatchedPatterns, pattern).toEqual([]);
  }
  const elsewhere = (await reparameterize(fileOf(graph), { skip: ['node_z/else_branch: *'] })).report;
  expect(elsewhere.fusions.length).toBe(1);
});

it('constants of the graph around are constants in a body, and go when nothing reads them any more', async () => {
  const first = body(branchNodes('x', 'w', 'a'), [], 'a');
  const second = body(branchNodes('x', 'v', 'b'), [], 'b');
  const tensors = [condition, ...branchWeights('w'), ...branchWeights('v')];
  const reader = { op: 'Conv', inputs: ['z', 'v1'], outputs: ['y'] };
  const graph = image({ nodes: [choose('z', [first, second]), reader], tensors, outputs: ['y'] });
  const { written, report } = await convert(graph);
  expect(report.after.operatorCounts).toEqual({ Conv: 3, If: 1 });
  expect([...written.graph.initializers.keys()].sort()).toEqual(['condition', 'v1']);
  const [node] = written.graph.nodes;
  for (const { graph: inner } of node!.subgraphs) expect(inner.initializers.size).toBe(1);
});

it('a value that a body reads stays, whatever becomes of it outside', async () => {
  const norm = ['scale', 'shift', 'mean'].map((name) => weight(name, [4]));
  const variance = { name: 'variance', dims: [4], values: [1, 2, 0.5, 1] };
  const nodes = [
    ...branchNodes('x', 'w', 'y'),
    choose('z', [handOn('y', 'a'), handOn('y_3', 'b')]),
    { op: 'BatchNormalization', inputs: ['y', 'scale', 'shift', 'mean', 'variance'], outputs: ['n'] },
  ];
  const tensors = [condition, ...branchWeights('w'), ...norm, variance];
  const { report, written } = await convert(image({ nodes, tensors, outputs: ['z', 'n'] }));
  const made = written.graph.nodes.flatMap(({ outputs }) => outputs);
  expect(made).toEqual(expect.arrayContaining(['y', 'y_3', 'z', 'n']));
  expect(report.refusals.map(({ reason }) => reason)).toContain('costlier');
});

it('new names are none that only a body or a function has', async () => {
  const taken = ['y.weight', 'y.weight_2', 'y.weight_3'];
  const inner = body(
    [
      { op: 'Relu', inputs: ['x'], outputs: ['y.weight'] },
      { op: 'Add', inputs: ['y.weight', 'y.weight_2'], outputs: ['inside'] },
    ],
    [weight('y.weight_2', [1])],
    'inside',
  );
  const nodes = [...branchNodes('x', 'w', 'y'), choose('z', [inner, handOn('x', 'y.weight_3')])];
  const tensors = [condition, ...branchWeights('w')];
  const { written } = await convert(image({ nodes, tensors, outputs: ['y', 'z'] }));
  const added = [...written.graph.initializers.keys()].filter((name) => name.startsWith('y.weight'));
  expect(added).toEqual(['y.weight_4']);
  for (const name of taken) expect(added).not.toContain(name);
});

it('weights of a body are Constant nodes before IR 4, where initializers are inputs', async () => {
  const constants = branchWeights('w').map((tensor) => ({ ...tensor, byNode: true }));
  const inner = body(branchNodes('x', 'w', 'y'), constants, 'y');
  const tensors = [{ ...condition, byNode: true }];
  const graph = image({
    nodes: [choose('z', [inner, handOn('x', 'same')])],
    tensors,
    outputs: ['z'],
    ir: 3,
    opset: 11,
  });
  const { written } = await convert(graph);
  const [, node] = written.graph.nodes;
  const [first] = node!.subgraphs;
  expect(first!.graph.initializers.size).toBe(0);
  expect(first!.graph.nodes.map(({ opType }) => opType)).toEqual(['Constant', 'Conv']);
});

it('a body whose node is not needed any more is gone with it', async () => {
  const inner = body(branchNodes('x', 'w', 'y'), branchWeights('w'), 'y');
  const nodes = [
    choose('z', [inner, handOn('x', 'same')]),
    { op: 'Mul', inputs: ['z', 'zero'], outputs: ['nothing'] },
    ...branchNodes('x', 'v', 'y2'),
    { op: 'Add', inputs: ['nothing', 'y2'], outputs: ['sum'] },
  ];
  const tensors = [condition, { name: 'zero', dims: [], values: [0] }, ...branchWeights('v')];
  const { report } = await convert(image({ nodes, tensors, outputs: ['sum'] }));
  expect(report.after.operatorCounts).toEqual({ Conv: 1 });
  expect(report.fusions.every(({ name }) => !name.includes('then_branch'))).toBe(true);
  expect(report.refusals).toEqual([]);
});

it('findings and what quantization costs say where a node is', async () => {
  const inner = body(
    [...branchNodes('x', 'w', 'y'), { op: 'Relu', inputs: ['y'], outputs: ['unread'] }],
    branchWeights('w'),
    'y',
  );
  const graph = image({ nodes: [choose('z', [inner, handOn('x', 'same')])], tensors: [condition], outputs: ['z'] });
  expect(await lintModel(fileOf(graph))).toMatchObject([
    { code: 'unread-nodes', nodes: [{ name: 'node_z/then_branch: node_unread', opType: 'Relu' }] },
  ]);
  const { layers } = await measureQuantization(fileOf(graph));
  expect(layers).toMatchObject([{ name: 'node_z/then_branch: y', opType: 'Conv', merged: 3, before: {} }]);
});

it('a number of channels that is settled behind a body is settled in it', async () => {
  const inner = body(
    [
      { op: 'Sigmoid', inputs: ['r'], outputs: ['s'] },
      { op: 'Mul', inputs: ['s', 'factor'], outputs: ['m'] },
      { op: 'Add', inputs: ['m', 'shift'], outputs: ['y'] },
    ],
    [weight('factor', [4, 1, 1]), weight('shift', [4, 1, 1])],
    'y',
  );
  const nodes = [
    { op: 'Relu', inputs: ['x'], outputs: ['r'] },
    choose('z', [inner, handOn('r', 'same')]),
    { op: 'Conv', inputs: ['r', 'w'], outputs: ['c'] },
  ];
  const graph = image({ nodes, tensors: [condition, weight('w', [4, 4, 1, 1])], outputs: ['z', 'c'] });
  const inputs = [{ name: 'x', dims: ['n', 'c', 'h', 'w'] }];
  const { report } = await reparameterize(fileOf({ ...graph, inputs }));
  expect(report.fusions).toMatchObject([{ name: 'node_z/then_branch: y', into: [{ opType: 'BatchNormalization' }] }]);
});
