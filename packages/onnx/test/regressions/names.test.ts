/** Faults that random graphs have found. Names that a program may take for its own. */

import { expect, it } from 'vitest';
import { reparameterize } from '../../src/index.ts';
import { compareConverted } from '../differential.ts';
import { GraphBuilder } from '../graph-builder.ts';
import { fileOf } from '../graph-file.ts';

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
  const b = new GraphBuilder([2, 3, 1, 6]);
  const moved = b.node('Transpose', [b.conv('x', [3, 1], {}, 3)], { perm: [0, 2, 3, 1] });
  const scaled = b.node('Mul', [moved, b.constant([4])]);
  const graph = b.graph(b.add(scaled, scaled), scaled);
  expect(await compareConverted({ graph, runs: [{ x: [2, 3, 1, 6] }] })).toEqual({ fusions: 2 });
});
