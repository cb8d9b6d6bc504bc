/** What a graph computes of constants with functions that jump, or with numbers that swallow others, is what the runtime makes of it. */
import { describe, expect, it } from 'vitest';
import { runsOf } from '../claims.ts';
import { compareConverted } from '../differential.ts';
import { GraphBuilder } from '../graph-builder.ts';
import type { TestGraph } from '../graph-file.ts';

const compare = (graph: TestGraph) => compareConverted({ graph, runs: runsOf(graph) });

/** The first of the sizes that a scale makes of a height of ten, in float32: 7, though the scale is a little below 0.7. */
function scaledSize(b: GraphBuilder): string {
  const height = b.node('Gather', [b.node('Shape', ['x']), b.list([2])]);
  const scaled = b.node('Mul', [b.node('Cast', [height], { to: 1 }), b.constant([1], [Math.fround(0.7)])]);
  return b.node('Cast', [b.node('Floor', [scaled])], { to: 7 });
}

it.each([10, 'h'])('a size by a scale, of a height of %s', async (height) => {
  const b = new GraphBuilder([1, 4, height, 6]);
  const cut = (value: string, end: string) => b.node('Slice', [value, b.list([0]), end, b.list([2])]);
  const seven = cut('x', scaledSize(b));
  expect(await compare(b.graph(b.conv(b.norm(cut(seven, b.list([6]))), [1, 1])))).toEqual({ fusions: 1 });
});

/** Weights on a grid, each a hair above or below its line. */
function onGrid(b: GraphBuilder, op: 'Div' | 'Exp'): string {
  const step = Math.fround(0.1);
  const values = Array.from({ length: 144 }, (_, place) => Math.fround(step * (((place * 7) % 13) - 6)));
  const weight = b.constant([4, 4, 3, 3], values);
  const lines = b.node('Floor', [
    op === 'Exp' ? b.node('Exp', [weight]) : b.node('Div', [weight, b.constant([], 0.1)]),
  ]);
  return b.node('Mul', [lines, b.constant([], 0.1)]);
}

describe('weights that the graph rounds to steps', () => {
  it('merge where the steps are certain', async () => {
    const b = new GraphBuilder();
    expect(await compare(b.graph(b.norm(b.node('Conv', ['x', onGrid(b, 'Div')]))))).toEqual({ fusions: 1 });
  });

  it.each([0, 0.5])('merge behind roots that are whole (%s more: not)', async (more) => {
    const b = new GraphBuilder();
    const squares = b.constant(
      [4, 4, 1, 1],
      Array.from({ length: 16 }, (_, root) => root ** 2 + more),
    );
    const roots = b.node('Sub', [b.node('Floor', [b.node('Pow', [squares, b.constant([], 0.5)])]), b.constant([], 7)]);
    const fusions = more === 0 ? 1 : 0;
    expect(await compare(b.graph(b.norm(b.node('Conv', ['x', roots]))))).toEqual({ fusions });
  });

  it('stay where a function before may round either way', async () => {
    const b = new GraphBuilder();
    expect(await compare(b.graph(b.norm(b.node('Conv', ['x', onGrid(b, 'Exp')]))))).toEqual({ fusions: 0 });
  });
});

it.each([-3.4028234663852886e38, Number.NEGATIVE_INFINITY])('weights padded with %s keep theirs', async (lowest) => {
  const b = new GraphBuilder();
  const padded = b.node('Pad', [b.constant([2, 4, 3, 3]), b.list([0, 0, 0, 0, 2, 0, 0, 0]), b.constant([], lowest)]);
  const clipped = b.node('Clip', [padded, b.constant([], -2), b.constant([], 2)]);
  expect(await compare(b.graph(b.norm(b.node('Conv', ['x', clipped]))))).toEqual({ fusions: 1 });
});
