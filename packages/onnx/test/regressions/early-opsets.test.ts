/** Faults that random graphs have found. What early opsets cannot say, or say otherwise. */

import { expect, it } from 'vitest';
import { reparameterize } from '../../src/index.ts';
import { compareConverted } from '../differential.ts';
import { GraphBuilder } from '../graph-builder.ts';
import { fileOf } from '../graph-file.ts';

it('a Gemm before opset 7 says that its bias broadcasts', async () => {
  const b = new GraphBuilder([3, 4], 6);
  const value = b.node('Gemm', ['x', b.constant([4, 3]), b.constant([3])], { broadcast: 1 });
  const doubled = b.node('Mul', [value, b.constant([3])], { broadcast: 1 });
  const { model, report } = await reparameterize(fileOf(b.graph(doubled)));
  expect(report.after.operatorCounts).toEqual({ Gemm: 1 });
  expect(Buffer.from(model).includes('broadcast')).toBe(true);
});

it('what a function of an early opset cannot hold is left alone there', async () => {
  const block = (opset: number) => ({
    opset,
    inputs: [{ name: 'x', dims: [2, 3, 1] }],
    nodes: [{ op: 'Block', domain: 'local', inputs: ['x'], outputs: ['y', 'z'] }],
    tensors: [],
    outputs: ['y', 'z'],
    functions: [
      {
        name: 'Block',
        inputs: ['a'],
        outputs: ['d', 'b'],
        nodes: [
          { op: 'Transpose', inputs: ['a'], outputs: ['b'], attributes: { perm: [0, 2, 1] } },
          { op: 'Mul', inputs: ['b', 's'], outputs: ['c'] },
          { op: 'Add', inputs: ['c', 't'], outputs: ['d'] },
        ],
        tensors: [
          { name: 's', dims: [3], values: [1, 2, 3] },
          { name: 't', dims: [3], values: [-1, 0.5, 2] },
        ],
      },
    ],
  });
  for (const opset of [8, 9, 13]) {
    const graph = block(opset);
    expect(await compareConverted({ graph, runs: [{ x: [2, 3, 1] }] })).not.toHaveProperty('failure');
    const { fusions, refusals } = (await reparameterize(fileOf(graph))).report;
    expect(fusions).toHaveLength(opset < 9 ? 0 : 1);
    if (opset < 9) expect(refusals.map(({ reason }) => reason)).toContain('not-implemented');
  }
});
