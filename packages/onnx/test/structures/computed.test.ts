/** Weights that the graph computes from constants, by whatever operators: evaluated, and fused as one. */
import { describe, expect, it } from 'vitest';
import { reparameterize } from '../../src/index.ts';
import { openModel } from '../../src/proto/model.ts';
import { bytesSource } from '../../src/proto/source.ts';
import { expectFused } from '../claims.ts';
import { GraphBuilder } from '../graph-builder.ts';
import { fileOf } from '../graph-file.ts';

type Weight = (b: GraphBuilder) => string;
const shape = [4, 4, 3, 3];

const weights: Readonly<Record<string, Weight>> = {
  'the sum of a kernel and a padded 1x1 (identity-based 1x1)': (b) =>
    b.add(
      b.constant(shape),
      b.node('Pad', [b.add(b.constant([4, 4, 1, 1]), b.constant([4, 4, 1, 1])), b.list([0, 0, 1, 1, 0, 0, 1, 1])]),
    ),
  'Einsum of a kernel and a scale (OREPA)': (b) =>
    b.node('Einsum', [b.constant(shape), b.constant([4])], { equation: 'oihw,o->oihw' }),
  'Einsum of a pointwise and a prior kernel (OREPA)': (b) =>
    b.node('Einsum', [b.constant([5, 4, 1, 1]), b.constant([4, 5, 3, 3])], { equation: 'tixy,othw->oihw' }),
  'a kernel convolved with another (SESR, ECBSR)': (b) =>
    b.node(
      'Transpose',
      [
        b.node('Conv', [
          b.node('Transpose', [b.constant([8, 4, 3, 3])], { perm: [1, 0, 2, 3] }),
          b.constant([4, 8, 1, 1]),
        ]),
      ],
      { perm: [1, 0, 2, 3] },
    ),
  'a normalized direction times a length (weight normalization)': (b) => {
    const direction = b.constant(shape);
    const length = b.node('ReduceL2', [direction], { axes: [1, 2, 3], keepdims: 1 });
    return b.node('Mul', [b.constant([4, 1, 1, 1]), b.node('Div', [direction, length])]);
  },
  'a matrix product, reshaped': (b) =>
    b.node('Reshape', [b.node('MatMul', [b.constant([4, 3]), b.constant([3, 36])]), b.list(shape)]),
  'a Gemm of factors (low rank)': (b) =>
    b.node('Reshape', [
      b.node('Gemm', [b.constant([3, 4]), b.constant([36, 3])], { transA: 1, transB: 1 }),
      b.list(shape),
    ]),
  'a kernel written into a zero one (ScatterND)': (b) => {
    const zero = b.constant([9, 4, 4], 0);
    const indices = b.node('Reshape', [b.list([4, 1, 7]), b.list([3, 1])]);
    const filled = b.node('ScatterND', [zero, indices, b.constant([3, 4, 4])]);
    return b.node('Transpose', [b.node('Reshape', [filled, b.list([3, 3, 4, 4])])], { perm: [2, 3, 0, 1] });
  },
  'a masked kernel': (b) =>
    b.node('Where', [b.node('Less', [b.constant(shape), b.constant([], 0)]), b.constant([], 0), b.constant(shape)]),
  'a kernel standardized by BatchNormalization in training mode (NF-Net, BiT)': (b) => {
    const flat = b.node('Reshape', [b.constant(shape), b.list([1, 4, 36])]);
    const statistics = [b.positive([4]), b.constant([4], 0), b.constant([4], 0), b.constant([4], 1)];
    const [normed] = b.split('BatchNormalization', [flat, ...statistics], 3, { training_mode: 1 });
    return b.node('Reshape', [normed!, b.list(shape)]);
  },
  'a kernel normalized with given statistics': (b) =>
    b.node('BatchNormalization', [
      b.constant(shape),
      b.constant([4]),
      b.constant([4]),
      b.constant([4]),
      b.positive([4]),
    ]),
  'a kernel normalized per output and input (InstanceNormalization)': (b) =>
    b.node('InstanceNormalization', [b.constant(shape), b.positive([4]), b.constant([4])]),
  'a kernel standardized over its inputs': (b) => {
    const kernel = b.constant(shape);
    const mean = b.node('ReduceMean', [kernel], { axes: [1, 2, 3], keepdims: 1 });
    const centred = b.node('Sub', [kernel, mean]);
    const variance = b.node('ReduceMean', [b.node('Mul', [centred, centred])], { axes: [1, 2, 3], keepdims: 1 });
    return b.node('Div', [centred, b.node('Sqrt', [b.node('Add', [variance, b.constant([], 1e-5)])])]);
  },
};

describe('weights computed in the graph', () => {
  for (const [name, weight] of Object.entries(weights)) {
    it(name, async () => {
      const b = new GraphBuilder(['n', 4, 'h', 'w']);
      const conv = b.node('Conv', ['x', weight(b)], { pads: [1, 1, 1, 1] });
      await expectFused(b.graph(b.norm(b.add(conv, 'x'))), 1, { Conv: 1 });
    });
  }

  it('biases and norms, too', async () => {
    const b = new GraphBuilder(['n', 4, 'h', 'w']);
    const bias = b.node('Squeeze', [b.node('MatMul', [b.constant([1, 3]), b.constant([3, 4])]), b.list([0])]);
    const conv = b.node('Conv', ['x', b.constant(shape), bias], { pads: [1, 1, 1, 1] });
    const variance = b.node('Exp', [b.constant([4])]);
    const norm = b.node('BatchNormalization', [conv, b.constant([4]), b.constant([4]), b.constant([4]), variance]);
    await expectFused(b.graph(norm), 1, { Conv: 1 });
  });

  it('only what a fusion needs is evaluated: the rest of the graph stays', async () => {
    const b = new GraphBuilder([1, 4, 7, 6]);
    const kept = b.node('Mul', [b.constant([4, 1, 1]), b.constant([], 3)]);
    const other = b.node('Mul', [b.relu('x'), kept]);
    const graph = b.graph(b.add(b.conv('x', [3, 3]), b.conv('x', [1, 1])), b.node('Sigmoid', [other]));
    const { model } = await reparameterize(fileOf(graph));
    const { nodes } = (await openModel(bytesSource(model))).graph;
    expect(nodes.map(({ opType }) => opType).sort()).toEqual(['Conv', 'Mul', 'Mul', 'Relu', 'Sigmoid']);
  });
});
