/** A BatchNormalization behind layers, without a change to what the model computes. */
import { describe, expect, it } from 'vitest';
import { insertNorms } from '../../src/expand/index.ts';
import { openModel } from '../../src/proto/model.ts';
import { bytesSource } from '../../src/proto/source.ts';
import { GraphBuilder } from '../graph-builder.ts';
import { fileOf } from '../graph-file.ts';
import { differenceOf, expectRoundTrip, feeds, twoConvs, typesOf } from './round-trip.ts';

describe('insertNorms', () => {
  it('computes the same, and converts back', async () => {
    const bytes = twoConvs();
    const expanded = await insertNorms(bytes);
    expect(expanded.report.expansions.map(({ into }) => typesOf(into))).toEqual(
      new Array(2).fill('Conv BatchNormalization'),
    );
    await expectRoundTrip(bytes, expanded, feeds);
  });

  it('a conv that has one, and a product whose channels come last, are left alone', async () => {
    const b = new GraphBuilder([2, 4, 7, 6]);
    const bytes = fileOf(b.graph(b.node('MatMul', [b.relu(b.norm(b.conv('x', [3, 3]))), b.constant([6, 6])])));
    const { report } = await insertNorms(bytes);
    expect(report.refusals.map(({ reason }) => reason)).toEqual(['normalized-already', 'axis-mismatch']);
  });

  it('takes measured statistics, and keeps the weights then', async () => {
    const bytes = twoConvs();
    const statistics = new Map([['v2', { mean: [1, 2, 3, 4], variance: [4, 3, 2, 1] }]]);
    const { model } = await insertNorms(bytes, { statistics, only: ['v2'], epsilon: 1e-3 });
    const { graph } = await openModel(bytesSource(model));
    const bias = (await openModel(bytesSource(bytes))).graph.initializers.get('c1')!.values();
    const norm = (role: string) => Array.from(graph.initializers.get(`v2.norm.${role}`)!.values());
    expect(norm('variance')).toEqual([4, 3, 2, 1]);
    expect(norm('shift')).toEqual([1, 2, 3, 4]);
    for (const [c, mean] of norm('mean').entries()) expect(mean).toBeCloseTo(c + 1 - bias[c]!, 6);
    expect(await differenceOf(bytes, model, feeds)).toBeLessThan(1e-5);
  });
});
