/** Bodies of loops: what their values are in every step, and what the loop gives out. */
import { expect, it } from 'vitest';
import type { GraphInput, GraphNode, TestGraph } from '../graph-file.ts';
import { convert } from './convert.ts';
import { branchNodes, branchWeights, image, weight } from './inner-graph.ts';

type Dims = GraphInput['dims'];

/** The body of a Loop of one carried value. */
function step(dims: Dims, nodes: readonly GraphNode[], tensors: TestGraph['tensors']): TestGraph {
  return {
    opset: 17,
    inputs: [
      { name: 'step', dims: [], whole: true },
      { name: 'go', dims: [], whole: 'bool' },
      { name: 'carried', dims },
    ],
    nodes: [{ op: 'Identity', inputs: ['go'], outputs: ['kept'] }, ...nodes],
    tensors,
    outputs: ['kept', 'next', 'next'],
    conditions: ['kept'],
  };
}

/** A Loop of two steps that begins with `r`, the Relu of `x`. */
function looped(body: TestGraph, behind: Pick<TestGraph, 'nodes' | 'tensors' | 'outputs'>, dims: Dims): TestGraph {
  const attributes = { body: { body } };
  const loop = {
    op: 'Loop',
    inputs: ['trips', '', 'r'],
    outputs: ['last', 'all'].slice(0, body.outputs.length - 1),
    attributes,
  };
  return {
    ...image({
      nodes: [{ op: 'Relu', inputs: ['x'], outputs: ['r'] }, loop, ...behind.nodes],
      tensors: [{ name: 'trips', dims: [], values: [2], whole: true }, ...behind.tensors],
      outputs: behind.outputs,
    }),
    inputs: [{ name: 'x', dims }],
  };
}

const alone = { nodes: [], tensors: [], outputs: ['last', 'all'] };

/** Names of fusions. */
async function fusionsOf(...graph: Parameters<typeof convert>): Promise<string[]> {
  return (await convert(...graph)).report.fusions.map(({ name }) => name);
}

const scaled: GraphNode[] = [
  { op: 'Sigmoid', inputs: ['carried'], outputs: ['s'] },
  { op: 'Mul', inputs: ['s', 'factor'], outputs: ['m'] },
  { op: 'Add', inputs: ['m', 'shift'], outputs: ['next'] },
];
const scaling = (channels: number) => [weight('factor', [1, channels, 1]), weight('shift', [1, channels, 1], 5)];

it('what a body declares of a size that the caller chooses is not taken for that size', async () => {
  const body = step([null, 1, null], scaled, scaling(1));
  expect(await fusionsOf(looped(body, alone, [2, 1, 6]))).toEqual(['node_last/body: next']);
  const runs = [{ x: [2, 1, 6] }, { x: [2, 3, 6] }];
  for (const channels of ['c', null]) expect(await fusionsOf(looped(body, alone, [2, channels, 6]), runs)).toEqual([]);
});

it('a body that declares nothing has the sizes that the loop begins with, if every step hands them on', async () => {
  const body = step(null, branchNodes('carried', 'w', 'next'), branchWeights('w'));
  expect(await fusionsOf(looped(body, alone, ['n', 4, 'h', 5]))).toEqual(['node_last/body: next']);
  expect(await fusionsOf(looped(step(null, scaled, scaling(4)), alone, ['n', 4, 6]))).toEqual(['node_last/body: next']);
});

it('a size that a step changes is none that the body or what reads the loop may count on', async () => {
  const doubled = [...scaled, { op: 'Concat', inputs: ['next', 'next'], outputs: ['both'], attributes: { axis: 1 } }];
  const behind = {
    nodes: [
      { op: 'Mul', inputs: ['last', 'factor'], outputs: ['y_m'] },
      { op: 'Add', inputs: ['y_m', 'shift'], outputs: ['y'] },
    ],
    tensors: scaling(1),
    outputs: ['y'],
  };
  for (const dims of [null, [2, 1, 6], [null, 'c', null]]) {
    const body = { ...step(dims, doubled, scaling(1)), outputs: ['kept', 'both'] }; // one channel first, then two
    expect(await fusionsOf(looped(body, behind, [2, 1, 6]))).toEqual([]);
    const product = { op: 'Conv', inputs: ['last', 'w'], outputs: ['y'] }; // tells the last size, not that of each step
    const settled = { nodes: [product], tensors: [weight('w', [3, 4, 1])], outputs: ['y'] };
    expect(await fusionsOf(looped(body, settled, [2, 1, 6]))).toEqual([]);
  }
});

it('what a loop gives out has the sizes that its steps hand on', async () => {
  const body = step(null, [{ op: 'Sin', inputs: ['carried'], outputs: ['next'] }], []);
  const sum = (of: string, name: string): GraphNode[] => [
    { op: 'Mul', inputs: [of, 'factor'], outputs: [`${name}_m`] },
    { op: 'Add', inputs: [`${name}_m`, 'shift'], outputs: [name] },
  ];
  const behind = {
    nodes: [...sum('last', 'y'), ...sum('all', 'z')],
    tensors: [weight('factor', [4, 1, 1]), weight('shift', [4, 1, 1], 5)],
    outputs: ['y', 'z'],
  };
  const names = await fusionsOf(looped(body, behind, ['n', 4, 6, 'w']));
  expect(names).toEqual(['y']);
});

it('a Scan whose body declares no shapes runs where a fusion leaves the runtime with less to infer them from', async () => {
  const slice = { name: 'slice', dims: null };
  const body: TestGraph = {
    opset: 14,
    inputs: [slice],
    nodes: [{ op: 'Neg', inputs: ['slice'], outputs: ['out'] }],
    tensors: [],
    outputs: ['out'],
  };
  const graph: TestGraph = {
    ...looped(step(null, [{ op: 'Sin', inputs: ['carried'], outputs: ['next'] }], []), alone, [1, 2, 3]),
    opset: 14,
  };
  const nodes: GraphNode[] = [
    ...graph.nodes,
    { op: 'Reshape', inputs: ['last', 'list'], outputs: ['same'] }, // changes nothing, but tells the rank
    { op: 'Scan', inputs: ['same'], outputs: ['y'], attributes: { num_scan_inputs: 1, body: { body } } },
  ];
  const list = { name: 'list', dims: [3], values: [0, 0, -1], whole: true };
  expect(await fusionsOf({ ...graph, nodes, tensors: [...graph.tensors, list], outputs: ['y'] })).toEqual(['same']);
});
