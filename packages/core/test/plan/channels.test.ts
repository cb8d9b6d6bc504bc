/** Concatenations, splits, selections and groups. */
import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../graph-builder.ts';
import { fuse, windowsOf } from './expect-plan.ts';

function start(...shape: (number | string)[]) {
  const builder = new GraphBuilder(31);
  return { builder, x: builder.input(...(shape.length > 0 ? shape : [1, 8, 'H', 'W'])) };
}

describe('Concat', () => {
  test('of convolutions of one kernel on one input is one convolution', () => {
    const { builder, x } = start();
    builder.keep(builder.concat([3, 5].map((out) => builder.batchNorm(builder.conv(x, { kernel: 3, out })))));
    const fused = fuse(builder);
    expect(fused).toMatchObject({ steps: [['conv']], left: 1 });
    expect(fused.products[0]!.operator.outChannels).toBe(8);
  });

  test('of convolutions of different kernels stays: zero rims cost', () => {
    const { builder, x } = start();
    builder.keep(builder.concat([1, 3].map((kernel) => builder.conv(x, { kernel, out: 4 }))));
    expect(fuse(builder).products.length).toBe(0);
  });

  test('of a convolution and its input stays', () => {
    const { builder, x } = start();
    builder.keep(builder.concat([builder.conv(x, { kernel: 3 }), x]));
    expect(fuse(builder).steps).toEqual([]);
  });

  test('read by a batch norm: each part takes its share', () => {
    const { builder, x } = start();
    const y = builder.relu(x);
    const parts = [builder.conv(x, { kernel: 3, out: 4 }), builder.conv(y, { out: 4 })];
    builder.keep(builder.batchNorm(builder.concat(parts)));
    const fused = fuse(builder);
    expect(fused.left).toBe(1);
    expect(fused.steps).toEqual([['conv', 'conv', 'concat']]);
  });

  test('read by a 1x1 convolution: the sum of the parts, where it is cheaper', () => {
    const { builder, x } = start();
    builder.keep(builder.conv(builder.concat([builder.scale(x, 2), builder.scale(x, 3)]), { out: 4 }));
    expect(fuse(builder)).toMatchObject({ steps: [['conv']], left: 1 });
  });
});

describe('Split', () => {
  test('-> convolutions of equal parts -> Concat in order is one grouped convolution', () => {
    const { builder, x } = start();
    const parts = builder.split(x, 4).map((part) => builder.batchNorm(builder.conv(part, { kernel: 3, out: 3 })));
    builder.keep(builder.concat(parts));
    const fused = fuse(builder);
    expect(fused).toMatchObject({ steps: [['conv']], left: 1 });
    expect(fused.products[0]).toMatchObject({ groups: 4, operator: { outChannels: 12, inChannels: 8 } });
  });

  test('-> convolutions -> Concat in another order is not grouped', () => {
    const { builder, x } = start();
    const parts = builder.split(x, 2).map((part) => builder.conv(part, { kernel: 3 }));
    builder.keep(builder.concat(parts.reverse()));
    expect(fuse(builder).products.filter(({ groups }) => groups > 1)).toEqual([]);
  });

  test('-> parts that stay as they are -> Concat in order is nothing', () => {
    const { builder, x } = start();
    builder.keep(builder.concat(builder.split(x, 2)));
    const fused = fuse(builder);
    expect(fused.steps).toEqual([[]]);
  });

  test('read by something else keeps its parts', () => {
    const { builder, x } = start();
    const [left, right] = builder.split(x, 2);
    builder.keep(left!);
    builder.keep(builder.concat([builder.conv(left!, { kernel: 3 }), builder.conv(right!, { kernel: 3 })]));
    const fused = fuse(builder);
    expect(fused.products[0]!.groups).toBe(2);
  });
});

describe('selections', () => {
  test('a slice of the outputs of a convolution makes it narrower', () => {
    const { builder, x } = start();
    builder.keep(builder.slice(builder.conv(x, { kernel: 3, out: 16, bias: true }), 4, 5));
    const fused = fuse(builder);
    expect(fused).toMatchObject({ steps: [['conv']], left: 1 });
    expect(fused.products[0]!.operator.outChannels).toBe(5);
  });

  test('a slice of a slice, and a gather of a slice, are one', () => {
    const { builder, x } = start();
    builder.keep(builder.slice(builder.slice(x, 2, 5), 1, 3));
    expect(fuse(builder)).toMatchObject({ steps: [['slice']], left: 1 });
  });

  test('slices that meet again as a sum of convolutions are one convolution', () => {
    const { builder, x } = start();
    const [left, right] = builder.split(x, 2);
    builder.keep(builder.add(builder.conv(left!, { kernel: 3 }), builder.conv(right!, { kernel: 3 })));
    expect(fuse(builder)).toMatchObject({ steps: [['conv']], left: 1 });
  });
});

describe('groups', () => {
  test('branches of 4 and 8 groups have 4', () => {
    const { builder, x } = start();
    const parts = [4, 8].map((groups) => builder.batchNorm(builder.conv(x, { kernel: 3, groups })));
    builder.keep(builder.add(parts[0]!, parts[1]!));
    const fused = fuse(builder);
    expect(fused).toMatchObject({ steps: [['conv']], left: 1 });
    expect(fused.products[0]!.groups).toBe(4);
  });

  test('branches of 4 and 6 groups would have 2: dearer, so both stay', () => {
    const { builder, x } = start(1, 12, 'H', 'W');
    const parts = [4, 6].map((groups) => builder.conv(x, { kernel: 3, groups }));
    builder.keep(builder.add(parts[0]!, parts[1]!));
    const fused = fuse(builder);
    expect(fused.products.length === 0 || fused.products[0]!.groups === 2).toBe(true);
  });

  test('a dense branch takes in a grouped and a depthwise one', () => {
    const { builder, x } = start();
    const parts = [1, 4, 8].map((groups) => builder.conv(x, { kernel: 3, groups }));
    builder.keep(parts.reduce((a, b) => builder.add(a, b)));
    const fused = fuse(builder);
    expect(fused).toMatchObject({ steps: [['conv']], left: 1 });
    expect(windowsOf(fused).length).toBe(1);
  });

  test('a depthwise and a dense branch of a larger kernel stay apart', () => {
    const { builder, x } = start();
    builder.keep(builder.add(builder.depthwise(x, { kernel: 7 }), builder.conv(x)));
    expect(fuse(builder)).toMatchObject({ steps: [], left: 3 });
  });
});
