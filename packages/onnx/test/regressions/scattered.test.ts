/** Faults that random graphs have found. What is written over a map. */
import { expect, it } from 'vitest';
import { runsOf } from '../claims.ts';
import { compareConverted } from '../differential.ts';
import { GraphBuilder } from '../graph-builder.ts';

it.each([
  ['add', [0.5, 0.75]],
  ['mul', [1.5, 1.25]],
])('a ScatterND that combines by %s moves nothing', async (reduction, updates) => {
  const b = new GraphBuilder([1, 2, 1, 1], 18);
  const first = b.node('Reshape', [b.list([0]), b.list([1, 1])]);
  const map = b.node('ScatterND', ['x', first, b.constant([1, 2, 1, 1], updates)], { reduction });
  const graph = b.graph(b.conv(map, [3, 3], { group: 2, bias: false }, 2));
  expect(await compareConverted({ graph, runs: runsOf(graph) })).toEqual({ fusions: 0 });
});
