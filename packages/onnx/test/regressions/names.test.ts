/** Faults that random graphs have found. Names that a program may take for its own. */

import { expect, it } from 'vitest';
import { reparameterize } from '../../src/index.ts';
import { compareConverted } from '../differential.ts';
import { GraphBuilder } from '../graph-builder.ts';
import { fileOf } from '../graph-file.ts';
import { body, choose } from '../inner/inner-graph.ts';

it.each(['constructor', 'toString', '__proto__'])(
  'an operator that a file names %s is an unknown one',
  async (name) => {
    const b = new GraphBuilder([1, 4, 8, 8]);
    const value = b.node(name, [b.norm(b.conv('x', [1, 1])), b.constant([2])]);
    const { report } = await reparameterize(fileOf(b.graph(value)));
    expect(report.fusions).toHaveLength(1);
    expect(report.after.operatorCounts).toEqual({ Conv: 1, [name]: 1 });
  },
);

it('a value that is made in front of a movement, and is but that of another, has that one’s name', async () => {
  const b = new GraphBuilder([null, 2, null, 2, null], 14);
  const nothing = b.node('Sub', ['x', 'x']);
  const pool = { kernel_shape: [3, 3, 2], pads: [1, 1, 0, 1, 1, 1], count_include_pad: 1 };
  const moved = b.node('Transpose', [b.node('AveragePool', [nothing], pool)], { perm: [0, 2, 3, 4, 1] });
  const weights = [b.constant([1, 1, 3, 3, 3]), b.constant([1])];
  const read = b.node('Conv', [moved, ...weights], { dilations: [2, 1, 2], pads: [2, 1, 2, 2, 1, 2] });
  const sum = b.add(read, moved);
  const part = (op: string, value: string) => body([{ op, inputs: [value], outputs: [op] }], [], op);
  const { attributes } = choose('', [part('Neg', nothing), part('Abs', sum)]);
  const graph = b.graph(b.node('If', [b.condition()], attributes), b.node('Mean', [read, moved]));
  expect(await compareConverted({ graph, runs: [{ x: [2, 2, 1, 2, 3] }] })).toEqual({ fusions: 2 });
});
