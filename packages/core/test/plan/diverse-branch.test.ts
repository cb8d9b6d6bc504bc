/** Branches of several operators in a row: DBB, ECBSR, OREPA, low-rank updates, averaged heads. */
import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../graph-builder.ts';
import { fuse, windowsOf } from './expect-plan.ts';

function start(...shape: (number | string)[]) {
  const builder = new GraphBuilder(23);
  return { builder, x: builder.input(...(shape.length > 0 ? shape : [1, 4, 'H', 'W'])) };
}

const threeByThree = [
  [3, 1, 1],
  [3, 1, 1],
];

describe('DBB', () => {
  test('3x3 + 1x1 + (1x1 -> 3x3) + (1x1 -> average pool), all without a shift inside, is one 3x3', () => {
    const { builder, x } = start();
    const square = builder.batchNorm(builder.conv(x, { kernel: 3 }));
    const point = builder.batchNorm(builder.conv(x));
    const expand = builder.batchNorm(builder.conv(builder.scaleNorm(builder.conv(x)), { kernel: 3 }));
    const pooled = builder.batchNorm(builder.averagePool(builder.scaleNorm(builder.conv(x)), 3, { padding: 'same' }));
    builder.keep([square, point, expand, pooled].reduce((a, b) => builder.add(a, b)));
    const fused = fuse(builder);
    expect(fused).toMatchObject({ steps: [['conv']], left: 1 });
    expect(windowsOf(fused)).toEqual([threeByThree]);
  });

  test('a shift inside keeps that branch apart, and the others still fuse', () => {
    const { builder, x } = start();
    const square = builder.batchNorm(builder.conv(x, { kernel: 3 }));
    const point = builder.batchNorm(builder.conv(x));
    const expand = builder.batchNorm(builder.conv(builder.batchNorm(builder.conv(x)), { kernel: 3 }));
    builder.keep([square, point, expand].reduce((a, b) => builder.add(a, b)));
    const fused = fuse(builder);
    expect(fused.refusals).toContain('border');
    expect(fused).toMatchObject({ steps: [['conv'], ['conv'], ['conv']], left: 4 });
  });

  test('grouped: Split -> a block on each part -> Concat is one grouped convolution', () => {
    const { builder, x } = start();
    const parts = builder.split(x, 2).map((part) => {
      const square = builder.batchNorm(builder.conv(part, { kernel: 3 }));
      return builder.add(square, builder.batchNorm(builder.conv(part)));
    });
    builder.keep(builder.concat(parts));
    const fused = fuse(builder);
    expect(fused).toMatchObject({ steps: [['conv']], left: 1 });
    expect(fused.products[0]!.groups).toBe(2);
  });

  test('a pooling branch beside a convolution (QARepVGGv2)', () => {
    const { builder, x } = start();
    const pool = builder.averagePool(x, 3, { padding: 'same' });
    builder.keep(builder.batchNorm(builder.add(builder.add(builder.conv(x, { kernel: 3 }), builder.conv(x)), pool)));
    expect(windowsOf(fuse(builder))).toEqual([threeByThree]);
  });
});

describe('ECBSR', () => {
  test('1x1 -> fixed depthwise masks, without a bias, beside a 3x3', () => {
    const { builder, x } = start();
    const sobel = Float64Array.from({ length: 36 }, (_, i) => [1, 0, -1, 2, 0, -2, 1, 0, -1][i % 9]!);
    const edges = builder.depthwise(builder.conv(x), { kernel: 3, weight: sobel, bias: true });
    builder.keep(builder.add(builder.conv(x, { kernel: 3, bias: true }), edges));
    const fused = fuse(builder);
    expect(fused).toMatchObject({ steps: [['conv']], left: 1 });
    expect(windowsOf(fused)).toEqual([threeByThree]);
  });
});

describe.each([
  ['a known length', [1, 7, 8]],
  ['a length known at run time', ['N', 'T', 8]],
  ['rows', ['N', 8]],
])('LoRA on channels last, %s', (_, shape) => {
  test('W x + s * B(A x) is one matrix product', () => {
    const { builder, x } = start(...shape);
    const low = builder.scale(builder.matmul(builder.matmul(x, 2), 8), 0.5);
    builder.keep(builder.add(builder.matmul(x, 8), low));
    expect(fuse(builder)).toMatchObject({ steps: [['dense']], left: 1 });
  });

  test('several updates at once, with a bias', () => {
    const { builder, x } = start(...shape);
    const last = shape.length - 1;
    let sum = builder.shift(builder.matmul(x, 8), new Float64Array(8).fill(0.25), last);
    for (const scale of [0.5, 2, -1]) {
      sum = builder.add(sum, builder.scale(builder.matmul(builder.matmul(x, 2), 8), scale));
    }
    builder.keep(sum);
    const fused = fuse(builder);
    expect(fused.left).toBe(1);
    expect(fused.steps).toEqual([shape.length === 2 ? ['dense'] : ['dense', 'shift']]);
  });

  test('the pair alone stays: one product would be dearer', () => {
    const { builder, x } = start(...shape);
    builder.keep(builder.matmul(builder.matmul(x, 2), 8));
    expect(fuse(builder)).toMatchObject({ steps: [], left: 2, refusals: ['costlier'] });
  });
});

describe('linear layers', () => {
  test('LoRA on a pointwise convolution', () => {
    const { builder, x } = start(1, 8, 'H', 'W');
    const low = builder.scale(builder.conv(builder.conv(x, { out: 2 }), { out: 8 }), 0.5);
    builder.keep(builder.add(builder.conv(x, { out: 8, bias: true }), low));
    expect(fuse(builder)).toMatchObject({ steps: [['conv']], left: 1 });
  });

  test('the mean of two heads on one input', () => {
    const { builder, x } = start('N', 8);
    builder.keep(builder.sum([builder.matmul(x, 5), builder.matmul(x, 5)], [0.5, 0.5]));
    expect(fuse(builder)).toMatchObject({ steps: [['dense']], left: 1 });
  });

  test('batch norm -> linear -> batch norm on rows, with the bias inside', () => {
    const { builder, x } = start('N', 8);
    builder.keep(builder.batchNorm(builder.matmul(builder.batchNorm(x), 5)));
    const fused = fuse(builder);
    expect(fused).toMatchObject({ steps: [['dense']], left: 1 });
    expect(fused.products[0]!.operator.bias).not.toBeNull();
  });

  test('a scale and shift on the last axis around a matrix product', () => {
    const { builder, x } = start(1, 6, 8);
    const scaled = builder.shift(builder.scale(x, builder.perChannel(x, 2), 2), builder.perChannel(x, 2), 2);
    const product = builder.matmul(scaled, 5);
    builder.keep(builder.scale(product, builder.perChannel(product, 2), 2));
    expect(fuse(builder)).toMatchObject({ steps: [['dense', 'shift']], left: 1 });
  });
});
