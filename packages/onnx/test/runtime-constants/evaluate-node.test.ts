/** What the runtime's answers become: float64 where it has the operator in that, the model's own arithmetic where that matters. */
import { readArray } from '@reparam/core';
import { expect, it } from 'vitest';
import { openRegions } from '../../src/open-regions.ts';
import { openModel } from '../../src/proto/model.ts';
import { bytesSource } from '../../src/proto/source.ts';
import { evaluateNode } from '../../src/runtime-constants/evaluate-node.ts';
import { pendingNodes } from '../../src/runtime-constants/pending-nodes.ts';
import { loadRuntime } from '../../src/verify/index.ts';
import { GraphBuilder } from '../graph-builder.ts';
import { fileOf, type TestGraph } from '../graph-file.ts';
import { callOf, image, weight } from '../inner/inner-graph.ts';

const runtime = await loadRuntime({ kind: 'node' });

/** The first output of the one node that the runtime is asked for. */
async function evaluate(graph: TestGraph) {
  const { regions } = await openRegions(await openModel(bytesSource(fileOf(graph))), {});
  const [region] = regions;
  const pending = pendingNodes(region!);
  expect(pending).toHaveLength(1);
  const [output] = await evaluateNode(pending[0]!, region!, runtime);
  return { dims: output!.dims, dataType: output!.dataType, values: Array.from(readArray(output!.values)) };
}

const values = [0.1, -0.7, 1.3, 2.9, -0.3].map(Math.fround);
const sums = values.map((_, place) => values.slice(0, place + 1).reduce((a, b) => a + b));

it('sums of float32 are those of float64, and keep their element type', async () => {
  const b = new GraphBuilder();
  const graph = b.graph(b.node('CumSum', [b.constant([5], values), b.whole(0)]));
  expect(await evaluate(graph)).toEqual({ dims: [5], dataType: 1, values: sums });
  expect(sums).not.toEqual(sums.map(Math.fround));
});

it('float16, which the runtime has no such operator in, too', async () => {
  const b = new GraphBuilder();
  const half = [0.5, 0.25, 2, -1, 3];
  const graph = { ...b.graph(b.node('Hardmax', [b.constant([1, 5], half)])), type: 10 };
  expect(await evaluate(graph)).toEqual({ dims: [1, 5], dataType: 10, values: [0, 0, 0, 0, 1] });
});

it('float64 as it is', async () => {
  const b = new GraphBuilder();
  const graph = { ...b.graph(b.node('CumSum', [b.constant([5], values), b.whole(0)])), type: 11 };
  expect(await evaluate(graph)).toEqual({ dims: [5], dataType: 11, values: sums });
});

it('whole numbers of 64 bits, none beyond 2^53', async () => {
  const b = new GraphBuilder();
  expect(await evaluate(b.graph(b.node('CumSum', [b.list([2 ** 52, 1, 2]), b.whole(0)])))).toEqual({
    dims: [3],
    dataType: 7,
    values: [2 ** 52, 2 ** 52 + 1, 2 ** 52 + 3],
  });
  const large = new GraphBuilder();
  const graph = large.graph(large.node('CumSum', [large.list([2 ** 52, 2 ** 52, 1]), large.whole(0)]));
  await expect(evaluate(graph)).rejects.toThrow('whole numbers beyond 2^53');
});

it("where both differ, as behind Floor, the model's own arithmetic holds", async () => {
  const [number, divisor] = [13, 11];
  const nodes = [
    { op: 'Div', inputs: ['a', 'b'], outputs: ['ratio'] },
    { op: 'Mul', inputs: ['ratio', 'b'], outputs: ['again'] },
    { op: 'Floor', inputs: ['again'], outputs: ['whole'] },
  ];
  const functions = [{ name: 'Floors', inputs: ['a', 'b'], outputs: ['whole'], nodes, tensors: [] }];
  const tensors = [
    { name: 'p', dims: [1], values: [number] },
    { name: 'q', dims: [1], values: [divisor] },
  ];
  const graph = image({ nodes: [callOf('Floors', ['p', 'q'], 'y')], tensors, outputs: ['y'], functions });
  const floor = (round: (value: number) => number) => Math.floor(round(round(number / divisor) * divisor));
  expect(floor(Math.fround)).not.toBe(floor((value) => value));
  expect((await evaluate(graph)).values).toEqual([floor(Math.fround)]);
});

it('of two outputs one may be left out', async () => {
  const nodes = [{ op: 'GRU', inputs: ['a', 'w', 'r'], outputs: ['', 'last'], attributes: { hidden_size: 2 } }];
  const tensors = [weight('a', [3, 1, 4]), weight('w', [1, 6, 4]), weight('r', [1, 6, 2])];
  const { regions } = await openRegions(
    await openModel(bytesSource(fileOf(image({ nodes, tensors, outputs: ['last'] })))),
    {},
  );
  const [node] = pendingNodes(regions[0]!);
  const outputs = await evaluateNode(node!, regions[0]!, runtime);
  expect(outputs.map((output) => output?.dims)).toEqual([undefined, [1, 1, 2]]);
});
