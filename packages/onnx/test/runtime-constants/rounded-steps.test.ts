/** What ONNX Runtime rounds of constants is what it rounds in the model: behind operators that round themselves, or not at all. */
import { expect, it } from 'vitest';
import { loadRuntime } from '../../src/verify/index.ts';
import { runsOf } from '../claims.ts';
import { compareConverted } from '../differential.ts';
import { GraphBuilder } from '../graph-builder.ts';
import { shape } from './weights.ts';

const runtime = await loadRuntime({ kind: 'node' });

/** A kernel of these numbers, in turn. */
function kernel(b: GraphBuilder, numbers: readonly number[]): string {
  return b.constant(
    shape,
    Array.from({ length: 144 }, (_, place) => Math.fround(numbers[place % numbers.length]!)),
  );
}

async function fusions(b: GraphBuilder, rounded: string): Promise<unknown> {
  const steps = b.node('Mul', [b.node('Round', [rounded]), b.constant([], 0.1)]);
  const graph = b.graph(b.norm(b.node('Conv', ['x', steps])));
  return compareConverted({ graph, runs: runsOf(graph) }, { runtime });
}

it('two roundings before', async () => {
  const b = new GraphBuilder();
  const halves = [0.2142857164144516, 1.3571428060531616, 2.642857313156128, 3.9285714626312256];
  const divided = b.node('Div', [kernel(b, halves), b.constant([], 0.1)]);
  expect(await fusions(b, b.node('Mul', [divided, b.constant([], 0.7)]))).toEqual({ fusions: 1 });
});

it('a function before that may round either way', async () => {
  const b = new GraphBuilder();
  const halves = [1.5, 2.5, 3.5, 4.5, 5.5].map(Math.log);
  expect(await fusions(b, b.node('Exp', [kernel(b, halves)]))).toEqual({ fusions: 0 });
});
