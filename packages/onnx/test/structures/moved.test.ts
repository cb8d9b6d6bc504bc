/** Affine maps across operators that only move or average: reshapes, transposes, poolings of the whole map. */
import { describe, expect, it } from 'vitest';
import { reparameterize } from '../../src/index.ts';
import { expectFused, expectLeftAlone } from '../claims.ts';
import { compareConverted } from '../differential.ts';
import { type Dims, GraphBuilder } from '../graph-builder.ts';
import { fileOf } from '../graph-file.ts';

type Build = (b: GraphBuilder) => string | string[];

function graphOf(dims: Dims, build: Build, opset = 17) {
  const builder = new GraphBuilder(dims, opset);
  const outputs = build(builder);
  return builder.graph(...(typeof outputs === 'string' ? [outputs] : outputs));
}

const flat = (b: GraphBuilder, x: string) => b.node('Flatten', [x]);
const pooled = (b: GraphBuilder, x: string) => b.node('GlobalAveragePool', [x]);
const pads = (size: number) => [size, size, size, size];
const head = (b: GraphBuilder, x: string, inputs = 4) => b.node('Gemm', [x, b.constant([inputs, 3]), b.constant([3])]);
const reshape = (b: GraphBuilder, x: string, dims: readonly number[]) => b.node('Reshape', [x, b.list(dims)]);
const turn = (b: GraphBuilder, x: string, perm: readonly number[]) => b.node('Transpose', [x], { perm });
const last = (b: GraphBuilder, x: string) => b.node('Add', [b.node('Mul', [x, b.constant([4])]), b.constant([4])]);
const shuffle = (b: GraphBuilder, x: string) =>
  reshape(b, turn(b, reshape(b, x, [0, 2, 2, 7, 6]), [0, 2, 1, 3, 4]), [0, 4, 7, 6]);

const fused: readonly (readonly [string, Dims, Build, Record<string, number>])[] = [
  [
    'BN -> GlobalAveragePool -> Flatten -> Gemm',
    ['n', 4, 'h', 'w'],
    (b) => head(b, flat(b, pooled(b, b.norm('x')))),
    { ReduceMean: 1, Gemm: 1 },
  ],
  [
    'BN -> ReduceMean -> Gemm',
    ['n', 4, 'h', 'w'],
    (b) => head(b, b.node('ReduceMean', [b.norm('x')], { axes: [2, 3], keepdims: 0 })),
    { ReduceMean: 1, Gemm: 1 },
  ],
  ['BN -> Flatten -> Gemm', ['n', 4, 3, 2], (b) => head(b, flat(b, b.norm('x')), 24), { Reshape: 1, Gemm: 1 }],
  [
    'BN -> AveragePool -> BN -> GlobalAveragePool -> Flatten -> Gemm',
    [2, 4, 8, 6],
    (b) =>
      head(
        b,
        flat(b, pooled(b, b.norm(b.node('AveragePool', [b.norm('x')], { kernel_shape: [2, 2], strides: [2, 2] })))),
      ),
    { Conv: 1, ReduceMean: 1, Gemm: 1 },
  ],
  [
    'MatMul -> Reshape -> BN -> Reshape',
    ['n', 5, 4],
    (b) => reshape(b, b.norm(reshape(b, b.node('MatMul', ['x', b.constant([4, 4])]), [-1, 4])), [-1, 5, 4]),
    { Reshape: 2, Gemm: 1 },
  ],
  ['Conv -> channel shuffle -> BN', ['n', 4, 7, 6], (b) => b.norm(shuffle(b, b.conv('x', [3, 3]))), { Conv: 1 }],
  [
    'scale of the last axis -> channel shuffle -> scale of the last axis',
    ['n', 4, 7, 6],
    (b) => b.node('Mul', [shuffle(b, b.node('Mul', [b.relu('x'), b.constant([6])])), b.constant([6])]),
    { Relu: 1, Reshape: 2, Transpose: 1, Mul: 1 },
  ],
  [
    'scale of the last axis -> channel shuffle -> the same map again',
    [2, 4, 7, 6],
    (b) => reshape(b, shuffle(b, b.node('Mul', [b.relu('x'), b.constant([6])])), [2, 4, 7, 6]),
    { Relu: 1, Reshape: 2, Transpose: 1, Mul: 1 },
  ],
  [
    'Conv -> Transpose -> scale and shift of the last axis -> Transpose -> Conv',
    ['n', 4, 'h', 'w'],
    (b) => b.conv(turn(b, last(b, turn(b, b.conv('x', [3, 3]), [0, 2, 3, 1])), [0, 3, 1, 2]), [1, 1], { pads: 0 }),
    { Conv: 1 },
  ],
  [
    'MatMul -> Transpose -> BN',
    ['n', 5, 4],
    (b) => b.norm(turn(b, b.node('MatMul', ['x', b.constant([4, 4])]), [0, 2, 1])),
    { Transpose: 1, Conv: 1 },
  ],
  [
    'a normalization whose readers all take it in',
    ['n', 4, 'h', 'w'],
    (b) => {
      const norm = b.norm('x');
      return [head(b, flat(b, pooled(b, norm))), b.conv(norm, [1, 1], { pads: 0 })];
    },
    { ReduceMean: 1, Gemm: 1, Conv: 1 },
  ],
  [
    'a linear layer over the whole map beside convolutions of the map (RepMLP)',
    ['n', 3, 4, 5],
    (b) => {
      const dense = b.node('Conv', [reshape(b, 'x', [-1, 60, 1, 1]), b.constant([60, 20, 1, 1])], { group: 3 });
      const branch = (kernel: number) =>
        b.norm(
          b.node('Conv', ['x', b.constant([3, 1, kernel, kernel])], { group: 3, pads: pads((kernel - 1) / 2) }),
          3,
        );
      const whole = b.norm(reshape(b, dense, [-1, 3, 4, 5]), 3);
      return b.relu(b.node('Add', [b.node('Add', [whole, branch(1)]), branch(3)]));
    },
    { Reshape: 2, Conv: 1, Relu: 1 },
  ],
  [
    'the same with a Gemm, not by channel',
    ['n', 2, 3, 3],
    (b) => {
      const dense = b.node('Gemm', [flat(b, 'x'), b.constant([18, 18]), b.constant([18])]);
      return b.node('Add', [b.conv('x', [3, 3], { out: 2 }, 2), reshape(b, dense, [0, 2, 3, 3])]);
    },
    { Flatten: 1, Gemm: 1, Reshape: 1 },
  ],
  [
    'Conv -> Transpose -> scale and shift of the last axis',
    ['n', 4, 'h', 'w'],
    (b) => last(b, turn(b, b.conv('x', [3, 3]), [0, 2, 3, 1])),
    { Conv: 1, Transpose: 1 },
  ],
  [
    'MatMul -> heads -> a scale of them all',
    ['n', 5, 4],
    (b) => {
      const heads = turn(b, reshape(b, b.node('MatMul', ['x', b.constant([4, 4])]), [-1, 5, 2, 2]), [0, 2, 1, 3]);
      return b.node('Softmax', [b.node('Mul', [heads, b.constant([])])], { axis: -1 });
    },
    { MatMul: 1, Reshape: 1, Transpose: 1, Softmax: 1 },
  ],
  [
    'Squeeze and Unsqueeze',
    ['n', 4, 1, 1],
    (b) => b.norm(b.node('Unsqueeze', [b.node('Squeeze', [b.norm('x'), b.list([2, 3])]), b.list([2, 3])])),
    { BatchNormalization: 1 },
  ],
];

describe('across movements', () => {
  for (const [name, dims, build, left] of fused) {
    it(name, async () => {
      const graph = graphOf(dims, build);
      const { report } = await reparameterize(fileOf(graph));
      await expectFused(graph, report.fusions.length, left);
    });
  }

  it.each([9, 12, 18])('the same in opset %i', async (opset) => {
    const graph = graphOf(['n', 4, 3, 2], (b) => head(b, flat(b, b.norm('x')), 24), opset);
    await expectFused(graph, 1, { Reshape: 1, Gemm: 1 });
    const mean = graphOf(['n', 4, 'h', 'w'], (b) => head(b, flat(b, pooled(b, b.norm('x')))), opset);
    await expectFused(mean, 1, { ReduceMean: 1, Gemm: 1 });
  });

  it('a mean that one activation stands before', () =>
    expectLeftAlone(
      graphOf([1, 4, 7, 6], (b) => head(b, flat(b, pooled(b, b.relu(b.norm('x')))))),
      'activation-between',
    ));

  it('a maximum in place of the mean', () =>
    expectLeftAlone(
      graphOf([1, 4, 7, 6], (b) => head(b, flat(b, b.node('GlobalMaxPool', [b.norm('x')])))),
      'activation-between',
    ));

  it('channels taken apart into heads', () =>
    expectLeftAlone(
      graphOf([2, 5, 4], (b) =>
        b.node('Softmax', [reshape(b, b.node('MatMul', ['x', b.constant([4, 4])]), [2, 5, 2, 2])]),
      ),
      null,
    ));

  it('a normalization of another axis than the product behind a transpose', () =>
    expectLeftAlone(
      graphOf([4, 4, 4], (b) => b.norm(turn(b, b.node('MatMul', ['x', b.constant([4, 4])]), [2, 0, 1]))),
      'axis-mismatch',
    ));

  it('a scale behind heads that has to stay', async () => {
    const graph = graphOf([2, 5, 4], (b) => {
      const heads = turn(b, reshape(b, b.node('MatMul', ['x', b.constant([4, 4])]), [2, 5, 2, 2]), [0, 2, 1, 3]);
      return b.node('Softmax', [b.node('Mul', [heads, b.constant([])])], { axis: -1 });
    });
    const bytes = fileOf(graph);
    const all = await reparameterize(bytes);
    expect(all.report.fusions.map(({ name, into }) => [name, into.map(({ opType }) => opType)])).toEqual([
      [graph.nodes.find(({ op }) => op === 'Mul')!.outputs[0], ['MatMul', 'Reshape', 'Transpose']],
    ]);
    for (const skip of ['Mul', 'MatMul']) {
      const { model, report } = await reparameterize(bytes, { skip: [skip] });
      expect(report.unmatchedPatterns).toEqual([]);
      expect(Buffer.compare(model, bytes), skip).toBe(0);
    }
  });

  it('a value in the middle that others read too stays', () =>
    expectFused(
      graphOf(['n', 5, 4], (b) => {
        const heads = turn(b, reshape(b, b.node('MatMul', ['x', b.constant([4, 4])]), [-1, 5, 2, 2]), [0, 2, 1, 3]);
        return [b.node('Softmax', [heads], { axis: -1 }), b.relu(b.node('Mul', [heads, b.constant([])]))];
      }),
      0,
      { MatMul: 1, Reshape: 1, Transpose: 1, Softmax: 1, Mul: 1, Relu: 1 },
    ));

  it('random chains of reshapes and transposes compute the same', async () => {
    for (let seed = 0; seed < 40; seed++) {
      const graph = graphOf([2, 4, 4, 4], (b) => randomChain(b, seed));
      expect(await compareConverted({ graph, runs: [{ x: [2, 4, 4, 4] }] }), `seed ${seed}`).toHaveProperty('fusions');
    }
  });
});

/** Scales, products and movements in a row, all sizes alike so that a wrong order of axes fits. */
function randomChain(b: GraphBuilder, seed: number): string {
  let state = seed * 7919 + 1;
  const next = (count: number) => {
    state = (state * 48271) % 2147483647;
    return state % count;
  };
  const orders = [
    [0, 2, 3, 1],
    [0, 3, 1, 2],
    [0, 1, 3, 2],
    [1, 0, 2, 3],
    [3, 2, 1, 0],
  ];
  let value = 'x';
  for (let step = 0; step < 7; step++) {
    const kind = next(6);
    if (kind === 0) value = b.norm(value);
    else if (kind === 1) value = b.node('MatMul', [value, b.constant([4, 4])]);
    else if (kind === 2) value = b.conv(value, [1, 1], { pads: 0 });
    else if (kind === 3) value = turn(b, value, orders[next(orders.length)]!);
    else if (kind === 4) value = last(b, value);
    else value = reshape(b, reshape(b, value, [-1, 4, 2, 8]), [2, 4, 4, 4]);
  }
  return value;
}
