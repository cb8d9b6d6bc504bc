/** Operators in a row. */
import { describe, expect, test } from 'vitest';
import { planGraph } from '../../src/index.ts';
import { GraphBuilder } from '../graph-builder.ts';
import { rewriteGraph } from '../rewritten-graph.ts';
import { fuse, windowsOf } from './expect-plan.ts';

function start(...shape: (number | string)[]) {
  const builder = new GraphBuilder(11);
  return { builder, x: builder.input(...(shape.length > 0 ? shape : [1, 4, 'H', 'W'])) };
}

describe('what fuses', () => {
  test('LayerScale and residual scales after a convolution', () => {
    const { builder, x } = start();
    const conv = builder.conv(x, { kernel: 3, bias: true });
    const scaled = builder.scale(
      builder.shift(builder.scale(conv, builder.perChannel(conv)), builder.perChannel(conv)),
      -0.5,
    );
    builder.keep(scaled);
    expect(fuse(builder)).toMatchObject({ steps: [['conv']], left: 1 });
  });

  test('a chain of scales, shifts and batch norms is one scale and shift', () => {
    const { builder, x } = start();
    let value = builder.relu(x);
    for (let i = 0; i < 5; i++) value = builder.batchNorm(builder.shift(builder.scale(value, 2), 1));
    builder.keep(value);
    expect(fuse(builder)).toMatchObject({ steps: [['affine']], left: 1 });
  });

  test('LayerScale on a residual: x + gamma * conv(x)', () => {
    const { builder, x } = start();
    const conv = builder.conv(x, { bias: true });
    builder.keep(builder.add(x, builder.scale(conv, builder.perChannel(conv))));
    expect(fuse(builder)).toMatchObject({ steps: [['conv']], left: 1 });
  });

  test('batch norm -> unpadded 1x1', () => {
    const { builder, x } = start();
    builder.keep(builder.conv(builder.batchNorm(builder.relu(x)), { bias: true }));
    expect(fuse(builder)).toMatchObject({ steps: [['conv']], left: 1 });
  });

  test('batch norm -> unpadded 3x3', () => {
    const { builder, x } = start(1, 4, 6, 6);
    builder.keep(builder.conv(builder.batchNorm(x), { kernel: 3, padding: 0 }));
    expect(fuse(builder)).toMatchObject({ steps: [['conv']], left: 1 });
  });

  test('per-channel add -> 1x1 (ImplicitA), 1x1 -> per-channel mul (ImplicitM)', () => {
    const { builder, x } = start();
    const conv = builder.conv(builder.shift(x, builder.perChannel(x)), { bias: true });
    builder.keep(builder.scale(conv, builder.perChannel(conv)));
    expect(fuse(builder)).toMatchObject({ steps: [['conv']], left: 1 });
  });

  test('3x3 -> unpadded 1x1 (VanillaNet stem)', () => {
    const { builder, x } = start(1, 3, 8, 8);
    builder.keep(builder.conv(builder.batchNorm(builder.conv(x, { kernel: 3, out: 8, bias: true })), { out: 8 }));
    const fused = fuse(builder);
    expect(fused).toMatchObject({ steps: [['conv']], left: 1 });
    expect(windowsOf(fused)).toEqual([
      [
        [3, 1, 1],
        [3, 1, 1],
      ],
    ]);
  });

  test('1x1 -> 1x1 -> 1x1', () => {
    const { builder, x } = start();
    builder.keep(builder.conv(builder.conv(builder.conv(x, { bias: true }), { bias: true }), { bias: true }));
    expect(fuse(builder)).toMatchObject({ steps: [['conv']], left: 1 });
  });

  test('zero Pad -> padded 3x3, and crop -> unpadded 3x3', () => {
    const { builder, x } = start();
    builder.keep(builder.conv(builder.pad(x, [1, 2]), { kernel: 3 }));
    expect(windowsOf(fuse(builder))).toEqual([
      [
        [3, 2, 2],
        [3, 3, 3],
      ],
    ]);
    const cropped = start(1, 4, 9, 9);
    cropped.builder.keep(cropped.builder.conv(cropped.builder.pad(cropped.x, [-1, -1]), { kernel: 3, padding: 0 }));
    const fused = fuse(cropped.builder);
    expect(fused.left).toBeLessThanOrEqual(2);
  });

  test('1x1 without a bias -> 3x3 padded (SESR collapsible block)', () => {
    const { builder, x } = start(1, 2, 'H', 'W');
    builder.keep(builder.conv(builder.conv(x, { out: 8 }), { kernel: 3, out: 2 }));
    expect(windowsOf(fuse(builder))).toEqual([
      [
        [3, 1, 1],
        [3, 1, 1],
      ],
    ]);
  });

  test('a depthwise 1xk -> kx1 merges where its multiply-adds allow', () => {
    const { builder, x } = start(1, 4, 7, 7);
    builder.keep(
      builder.depthwise(builder.depthwise(x, { kernel: [1, 2], padding: 0 }), { kernel: [2, 1], padding: 0 }),
    );
    const fused = fuse(builder);
    expect(fused).toMatchObject({ steps: [['conv']], left: 1 });
    expect(fused.products[0]!.groups).toBe(4);
  });

  test('conv transpose -> batch norm', () => {
    const { builder, x } = start();
    builder.keep(builder.batchNorm(builder.transposed(x, { kernel: 2, stride: 2, groups: 2, bias: true })));
    const fused = fuse(builder);
    expect(fused).toMatchObject({ steps: [['transposed']], left: 1 });
    expect(fused.products[0]!.groups).toBe(2);
  });

  test('scale -> conv transpose, and the sum of two of one geometry', () => {
    const { builder, x } = start();
    const scaled = builder.scale(x, builder.perChannel(x));
    const options = { kernel: 4, stride: 2, padding: 1 };
    const [a, b] = [builder.transposed(scaled, options), builder.transposed(scaled, options)];
    builder.keep(a);
    builder.keep(b);
    expect(fuse(builder)).toMatchObject({ steps: [['transposed'], ['transposed']], left: 2 });
    const sum = start(1, 4, 5, 5);
    sum.builder.keep(sum.builder.add(sum.builder.transposed(sum.x, options), sum.builder.transposed(sum.x, options)));
    expect(fuse(sum.builder)).toMatchObject({ steps: [['transposed']], left: 1 });
  });
});

describe('what stays, as it would be dearer', () => {
  test('depthwise 3x3 -> 1x1', () => {
    const { builder, x } = start();
    builder.keep(builder.conv(builder.depthwise(x, { kernel: 3, bias: true }), { out: 8 }));
    expect(fuse(builder)).toMatchObject({ steps: [], left: 2, refusals: ['costlier'] });
  });

  test('3x3 -> 3x3, both unpadded', () => {
    const { builder, x } = start(1, 4, 32, 32);
    builder.keep(builder.conv(builder.conv(x, { kernel: 3, padding: 0 }), { kernel: 3, padding: 0 }));
    expect(fuse(builder)).toMatchObject({ steps: [], left: 2, refusals: ['costlier'] });
  });

  test('a low-rank pair of 1x1', () => {
    const { builder, x } = start(1, 8, 'H', 'W');
    builder.keep(builder.conv(builder.conv(x, { out: 2 }), { out: 8 }));
    expect(fuse(builder)).toMatchObject({ steps: [], left: 2, refusals: ['costlier'] });
  });

  test('but a dense branch beside it absorbs depthwise -> 1x1', () => {
    const { builder, x } = start();
    const separable = builder.conv(builder.depthwise(x, { kernel: 3 }));
    builder.keep(builder.add(builder.conv(x, { kernel: 3 }), separable));
    expect(fuse(builder)).toMatchObject({ steps: [['conv']], left: 1 });
  });
});

describe('what must not fuse', () => {
  test('batch norm with a shift -> padded 3x3', () => {
    const { builder, x } = start();
    builder.keep(builder.conv(builder.batchNorm(x), { kernel: 3 }));
    expect(fuse(builder)).toMatchObject({ steps: [], left: 2, refusals: ['border'] });
  });

  test('1x1 with a bias -> padded 3x3', () => {
    const { builder, x } = start();
    builder.keep(builder.conv(builder.conv(x, { bias: true }), { kernel: 3 }));
    expect(fuse(builder)).toMatchObject({ steps: [], refusals: ['border'] });
  });

  test('3x3 padded -> 3x3 padded', () => {
    const { builder, x } = start();
    builder.keep(builder.conv(builder.conv(x, { kernel: 3 }), { kernel: 3 }));
    expect(fuse(builder)).toMatchObject({ steps: [], refusals: ['border'] });
  });

  test('an activation between, or on one branch only', () => {
    const { builder, x } = start();
    const branch = builder.conv(builder.relu(builder.conv(x)));
    builder.keep(builder.add(branch, builder.conv(x)));
    const fused = fuse(builder);
    expect(fused.steps).toEqual([]);
    expect(fused.refusals).toContain('activation-between');
  });

  test('branches of different stride or size', () => {
    const { builder, x } = start(1, 4, 4, 4);
    const strided = builder.conv(x, { kernel: 3, stride: 2 });
    const cropped = builder.conv(builder.pad(x, [-1, -1]), {});
    builder.keep(builder.add(strided, cropped));
    const fused = fuse(builder);
    expect(fused.steps.flat().filter((step) => step === 'conv').length).not.toBe(1);
  });

  test('a channel axis that moved: batch norm on axis 1 after a product on the last axis', () => {
    const { builder, x } = start(1, 4, 4);
    builder.keep(builder.batchNorm(builder.matmul(x, 4)));
    expect(fuse(builder)).toMatchObject({ steps: [], refusals: ['axis-mismatch'] });
  });

  test('a value with another reader stays, though its readers may take it in', () => {
    const { builder, x } = start();
    const conv = builder.keep(builder.conv(x, { kernel: 3 }));
    builder.keep(builder.batchNorm(conv));
    expect(fuse(builder)).toMatchObject({ steps: [], left: 2 });
  });
});

describe('planning again and again', () => {
  test('takes a slice through a chain of convolutions, one in each plan', () => {
    const { builder, x } = start(1, 4, 8, 8);
    let value = x;
    for (let i = 0; i < 6; i++) value = builder.depthwise(value, { kernel: 3, bias: true });
    builder.keep(builder.slice(value, 1, 1));
    let graph = builder.build();
    let plans = 0;
    for (let plan = planGraph(graph); plan.rewrites.length > 0; plan = planGraph(graph)) {
      graph = rewriteGraph(graph, plan);
      plans++;
    }
    expect(plans).toBe(6);
    const images = graph.values.filter(({ isOnes }) => !isOnes);
    expect(images.map(({ shape }) => shape[1])).toEqual([4, 1, 1, 1, 1, 1, 1, 1]);
  });
});
