/** Per-channel maps and pointwise convolutions in front of operators that sample positions: resizing, padding, pooling, rearranging. */
import { describe, expect, it } from 'vitest';
import { type ReparameterizeOptions, reparameterize } from '../../src/index.ts';
import { expectFused, expectLeftAlone, runsOf } from '../claims.ts';
import { compareConverted } from '../differential.ts';
import { type Dims, GraphBuilder } from '../graph-builder.ts';

const up = (b: GraphBuilder, value: string, attributes = {}) =>
  b.node('Resize', [value, '', b.floats([1, 1, 2, 2])], attributes);

/** Branches of a pyramid: a pointwise convolution each, resized to one size, concatenated and mixed. */
function head(b: GraphBuilder, resize: (value: string) => string) {
  const narrow = b.relu(b.conv('x', [3, 3], { out: 2, stride: 2, pads: [1, 1, 0, 0] }));
  const [wide, small] = [b.conv('x', [1, 1], { out: 6 }), b.conv(narrow, [1, 1], { out: 6 }, 2)];
  const all = b.node('Concat', [wide, resize(small)], { axis: 1 });
  return b.norm(b.conv(all, [1, 1], { out: 4 }, 12));
}

describe('pointwise convolutions on both sides of a resize are one', () => {
  const cases: Record<string, [Dims, number, (b: GraphBuilder, value: string) => string]> = {
    'by scales': [[1, 4, 8, 6], 17, (b, value) => up(b, value, { mode: 'linear' })],
    'to the nearest': [[1, 4, 8, 6], 13, (b, value) => up(b, value)],
    'by cubic weights, of free size': [['n', 4, 'h', 'w'], 17, (b, value) => up(b, value, { mode: 'cubic' })],
    'with antialias': [[1, 4, 8, 6], 18, (b, value) => up(b, value, { mode: 'linear', antialias: 1 })],
    'to sizes': [
      [1, 4, 8, 6],
      17,
      (b, value) =>
        b.node('Resize', [value, '', '', b.list([1, 6, 8, 6])], {
          mode: 'linear',
          coordinate_transformation_mode: 'align_corners',
        }),
    ],
    'to sizes of some axes': [
      [1, 4, 8, 6],
      18,
      (b, value) => b.node('Resize', [value, '', '', b.list([6, 8])], { mode: 'linear', axes: [3, 2] }),
    ],
    'in opset 11': [
      [1, 4, 8, 6],
      11,
      (b, value) => b.node('Resize', [value, b.floats([]), b.floats([1, 1, 2, 2])], { mode: 'linear' }),
    ],
    'in opset 10': [
      [1, 4, 8, 6],
      10,
      (b, value) => b.node('Resize', [value, b.floats([1, 1, 2, 2])], { mode: 'linear' }),
    ],
    'by Upsample': [
      [1, 4, 8, 6],
      9,
      (b, value) => b.node('Upsample', [value, b.floats([1, 1, 2, 2])], { mode: 'linear' }),
    ],
    'by Upsample of opset 7': [
      [1, 4, 8, 6],
      7,
      (b, value) => b.node('Upsample', [value], { mode: 'nearest', scales: { floats: [1, 1, 2, 2] } }),
    ],
  };
  it.each(Object.entries(cases))('%s', async (_, [dims, opset, resize]) => {
    const b = new GraphBuilder(dims, opset);
    const graph = b.graph(head(b, (value) => resize(b, value)));
    const { report } = await reparameterize((await import('../graph-file.ts')).fileOf(graph));
    console.log(
      report.after.operatorCounts,
      report.refusals.map((r) => [r.nodes.map((n) => n.name).join(), r.reason, r.message]),
    );
    console.log(await compareConverted({ graph, runs: runsOf(graph) }));
  });
});
