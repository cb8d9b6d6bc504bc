/** Models that are equal but for rounding may choose otherwise. */
import { describe, expect, it } from 'vitest';
import { verify } from '../../src/verify/index.ts';
import { argMax, choosing, exact, floor, other, right, topK } from './choosing-model.ts';

describe.each(['node', 'web'] as const)('in onnxruntime-%s', (runtime) => {
  it.each([
    ['TopK', 'places', topK],
    ['ArgMax', 'y', argMax],
    ['Floor', 'y', floor],
  ])('what %s chooses among values that are equal but for rounding is no difference', async (operator, name, nodes) => {
    const report = await verify(choosing(nodes, right), choosing(nodes, other), { runtime, samples: 5 });
    expect(report).toMatchObject({ equal: true, skipped: [] });
    expect(report.cases).toHaveLength(15);
    const held = report.cases.flatMap(({ choices }) => choices ?? []);
    expect(held.length).toBeGreaterThan(1);
    for (const choice of held) {
      expect(choice).toMatchObject({ name, operator });
      expect(choice.maxRelative).toBeLessThan(1e-6);
    }
  });
});

it('a model that chooses the same says so', async () => {
  const report = await verify(choosing(topK, right), choosing(topK, right));
  expect(report.equal).toBe(true);
  expect(report.cases.every((found) => !('choices' in found))).toBe(true);
});

describe('it is a difference', () => {
  it('where they choose among other values', async () => {
    const report = await verify(choosing(topK, right), choosing(topK, { ...other, first: 1.101 }));
    expect(report).toMatchObject({ equal: false, failure: { reason: 'value', output: 'y' } });
  });

  it('where what is made of the choice differs too', async () => {
    const report = await verify(choosing(topK, right), choosing(topK, { ...other, last: 1.001 }));
    expect(report).toMatchObject({ equal: false, failure: { reason: 'value', output: 'y' } });
  });

  it('where values are no longer exactly equal', async () => {
    const report = await verify(choosing(exact, { second: [1.1, 1] }), choosing(exact, other));
    expect(report).toMatchObject({ equal: false, failure: { reason: 'value', output: 'y' } });
  });

  it('where another operator chooses', async () => {
    const argMin = [{ ...argMax[0]!, op: 'ArgMin' }];
    const report = await verify(choosing(argMax, right), choosing(argMin, right));
    expect(report).toMatchObject({ equal: false, failure: { reason: 'value', output: 'y' } });
  });
});
