/** Sums whose parts are scaled alike are scaled once. */
import { it } from 'vitest';
import { expectFused } from '../claims.ts';
import { type Dims, GraphBuilder } from '../graph-builder.ts';

const maps: readonly Dims[] = [
  [1, 4, 7, 6],
  ['n', 4, 'h', 'w'],
];
const pool = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };

/** What a pooling without its padding adds to a normalized map: the token mixer of PoolFormer. */
function mixed(b: GraphBuilder, scale: string, shift: string): string {
  const normalized = b.add(b.node('Mul', [b.relu('x'), scale]), shift);
  return b.node('Sub', [b.node('AveragePool', [normalized], pool), normalized]);
}

it('a map is scaled once, behind the difference from its mean, and its shift is gone', async () => {
  for (const dims of maps) {
    const b = new GraphBuilder(dims);
    const mixer = mixed(b, b.constant([4, 1, 1]), b.constant([4, 1, 1]));
    const scaled = b.node('Mul', [mixer, b.constant([4, 1, 1])]);
    await expectFused(b.graph(b.relu(scaled)), 1, { Relu: 2, AveragePool: 1, Sub: 1, Mul: 1 });
  }
});

it('a map that is taken away as it is needs no factor', async () => {
  const b = new GraphBuilder();
  const mixer = mixed(b, b.constant([4, 1, 1], 1), b.constant([4, 1, 1]));
  await expectFused(b.graph(b.relu(mixer)), 1, { Relu: 2, AveragePool: 1, Sub: 1 });
});

it('factors that differ stay two', async () => {
  const b = new GraphBuilder();
  const factors = [b.constant([4, 1, 1]), b.constant([4, 1, 1])] as const;
  const normalized = b.add(b.node('Mul', [b.relu('x'), factors[0]]), b.constant([4, 1, 1]));
  const pooled = b.node('AveragePool', [b.node('Mul', [normalized, factors[1]])], pool);
  const difference = b.relu(b.node('Sub', [pooled, normalized]));
  await expectFused(b.graph(difference), 1, { Relu: 2, AveragePool: 1, Mul: 1, BatchNormalization: 1, Add: 1 });
});
