/** Faults that random graphs have found. A reduction along no listed axis is one along all. */
import { describe, expect, it } from 'vitest';
import { runsOf } from '../claims.ts';
import { compareConverted } from '../differential.ts';
import { type Attributes, GraphBuilder } from '../graph-builder.ts';

/** The sum of a reduction that lists no axis, and of it shifted, behind which a map of as many channels follows. */
async function fusions(op: string, axes: readonly number[] | null, attributes: Attributes = {}): Promise<unknown> {
  const b = new GraphBuilder(['n', 4, 'h', 6], 20);
  const reduced = b.node(op, axes ? ['x', b.list(axes)] : ['x'], attributes);
  const graph = b.graph(b.add(reduced, b.node('Add', [reduced, b.constant([1, 1, 1, 1])])));
  return compareConverted({ graph, runs: runsOf(graph) });
}

describe.each(['ReduceSumSquare', 'ReduceMax'])('%s', (op) => {
  it('with an empty list runs along all axes', async () => expect(await fusions(op, [])).not.toHaveProperty('failure'));

  it('without a list too', async () => expect(await fusions(op, null)).not.toHaveProperty('failure'));

  it('along none where it is told so', async () =>
    expect(await fusions(op, [], { noop_with_empty_axes: 1 })).toEqual({ fusions: 1 }));
});

it('a list of sizes whose product is taken along no axis stays what it is', async () => {
  const b = new GraphBuilder(['n', 4, 'h', 6], 18);
  const sizes = b.node('ReduceProd', [b.node('Shape', ['x'])], { noop_with_empty_axes: 1, keepdims: 0 });
  const graph = b.graph(b.norm(b.norm(b.node('Reshape', ['x', sizes]))));
  expect(await compareConverted({ graph, runs: runsOf(graph) })).toEqual({ fusions: 2 });
});
