/** Fusing inside functions of the model: what all of their calls have in common is known inside. */
import { expect, it } from 'vitest';
import type { GraphNode, TestFunction } from '../graph-file.ts';
import { convert } from './convert.ts';
import { block, branchNodes, branchWeights, callOf, image } from './inner-graph.ts';

const relu = (input: string, output: string): GraphNode => ({ op: 'Relu', inputs: [input], outputs: [output] });

it('a function is fused for all of its calls, its weights in Constant nodes', async () => {
  const nodes = [callOf('Block', ['x'], 'a'), relu('a', 'b'), callOf('Block', ['b'], 'y')];
  const { report, written } = await convert(image({ nodes, tensors: [], outputs: ['y'], functions: [block()] }));
  expect(report.fusions).toMatchObject([{ name: 'local::Block: output', into: [{ opType: 'Conv' }] }]);
  const { graph } = written.functions.get('local::Block')!;
  expect(graph.nodes.map(({ opType }) => opType)).toEqual(['Constant', 'Conv']);
  // Run twice for one inference.
  expect(report.before.macs).toBe(2 * (4 * 4 * 9 + 4 * 4 + 4) * 30);
  expect(report.after.macs).toBe(2 * (4 * 4 * 9) * 30);
});

it('sizes that differ from call to call are free inside, and those that agree in each are one', async () => {
  const residual: TestFunction = {
    name: 'Residual',
    inputs: ['input', 'skip'],
    outputs: ['sum'],
    nodes: [...branchNodes('input', 'r', 'branch'), { op: 'Add', inputs: ['branch', 'skip'], outputs: ['sum'] }],
    tensors: branchWeights('r'),
  };
  const pool = { kernel_shape: [2, 2], strides: [2, 2] };
  const nodes = [
    callOf('Residual', ['x', 'x'], 'a'),
    { op: 'MaxPool', inputs: ['a'], outputs: ['b'], attributes: pool },
    callOf('Residual', ['b', 'b'], 'y'),
  ];
  const inputs = [{ name: 'x', dims: ['n', 4, 'h', 'w'] }];
  const graph = { ...image({ nodes, tensors: [], outputs: ['y'], functions: [residual] }), inputs };
  const { report } = await convert(graph);
  // The sum of two inputs is a Conv and an Add: their sizes are known to agree.
  expect(report.after.operatorCounts).toEqual({ Residual: 2, Conv: 1, Add: 1, MaxPool: 1 });
  expect(report.refusals.map(({ reason }) => reason)).not.toContain('broadcast');
});

it('sizes that agree in one call only are not taken for one', async () => {
  const sum: TestFunction = {
    name: 'Sum',
    inputs: ['a', 'b'],
    outputs: ['c'],
    nodes: [
      { op: 'Add', inputs: ['a', 'b'], outputs: ['s'] },
      { op: 'Add', inputs: ['s', 'b'], outputs: ['c'] },
    ],
    tensors: [],
  };
  const nodes = [
    callOf('Sum', ['x', 'x'], 'u'),
    { op: 'GlobalAveragePool', inputs: ['x'], outputs: ['pixel'] },
    callOf('Sum', ['u', 'pixel'], 'y'),
  ];
  const { report } = await convert(image({ nodes, tensors: [], outputs: ['y'], functions: [sum] }));
  expect(report.fusions).toEqual([]);
  expect(report.refusals.map(({ reason }) => reason)).toContain('broadcast');
});

it('what a call gives out has a shape, so that functions in a row are all known', async () => {
  const functions = ['First', 'Second', 'Third'].map((name, place) => block(name, `w${place}`));
  const nodes = [callOf('First', ['x'], 'a'), callOf('Second', ['a'], 'b'), callOf('Third', ['b'], 'y')];
  const { report } = await convert(image({ nodes, tensors: [], outputs: ['y'], functions }));
  expect(report.after.operatorCounts).toEqual({ First: 1, Second: 1, Third: 1, Conv: 3 });
});

it('a function that is called with several element types, or never, is left alone', async () => {
  const cast = (input: string, output: string, to: number): GraphNode => ({
    op: 'Cast',
    inputs: [input],
    outputs: [output],
    attributes: { to },
  });
  const scale: TestFunction = {
    name: 'Scale',
    inputs: ['a'],
    outputs: ['c'],
    nodes: [
      { op: 'Neg', inputs: ['a'], outputs: ['b'] },
      { op: 'Neg', inputs: ['b'], outputs: ['c'] },
    ],
    tensors: [],
  };
  const once = image({
    nodes: [callOf('Scale', ['x'], 'y')],
    tensors: [],
    outputs: ['y'],
    functions: [scale, block()],
  });
  expect((await convert(once)).report.fusions.map(({ name }) => name)).toEqual(['local::Scale: c']);
  const twice = [callOf('Scale', ['x'], 'y'), cast('x', 'd', 11), callOf('Scale', ['d'], 'e'), cast('e', 'z', 1)];
  const { report } = await convert(image({ nodes: twice, tensors: [], outputs: ['y', 'z'], functions: [scale] }));
  expect(report.fusions).toEqual([]);
  expect(report.refusals.map(({ reason }) => reason)).toContain('size-depends-on-input');
});
