/** Parallel branches of one geometry or of several, with batch norms, on one input. */
import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../graph-builder.ts';
import { fuse, windowsOf } from './expect-plan.ts';

const sizes: (readonly (number | string)[])[] = [
  [1, 4, 5, 6],
  [1, 4, 'H', 'W'],
  ['N', 4, 'H', 'H'],
  [1, 4, 7],
  [1, 4, 3, 3, 3],
  [1, 4, 1, 1],
];

describe.each(sizes)('on an input of shape [%s, %s, %s, %s]', (...shape) => {
  const start = (seed = 1) => {
    const builder = new GraphBuilder(seed);
    return { builder, x: builder.input(...shape) };
  };

  test('conv -> batch norm is one convolution', () => {
    const { builder, x } = start();
    builder.keep(builder.batchNorm(builder.conv(x, { kernel: 3, bias: true })));
    expect(fuse(builder)).toMatchObject({ steps: [['conv']], left: 1, refusals: [] });
  });

  test('RepVGG: 3x3 + 1x1 + identity, a batch norm each, is one 3x3', () => {
    const { builder, x } = start();
    const three = builder.batchNorm(builder.conv(x, { kernel: 3 }));
    const one = builder.batchNorm(builder.conv(x));
    builder.keep(builder.add(builder.add(three, one), builder.batchNorm(x)));
    const fused = fuse(builder);
    expect(fused).toMatchObject({ steps: [['conv']], left: 1 });
    expect(windowsOf(fused)[0]!.every((window) => window.join() === '3,1,1')).toBe(true);
  });

  test('RepVGG at stride 2, without a skip, is one 3x3 at stride 2', () => {
    const { builder, x } = start();
    const three = builder.batchNorm(builder.conv(x, { kernel: 3, stride: 2 }));
    const one = builder.batchNorm(builder.conv(x, { stride: 2 }));
    builder.keep(builder.add(three, one));
    const fused = fuse(builder);
    expect(fused).toMatchObject({ steps: [['conv']], left: 1 });
    expect(fused.products[0]!.operator.axes[0]).toMatchObject({ kernel: 3, stride: 2, padBegin: 1, padEnd: 1 });
  });

  test('a skip without a batch norm, as in PP-YOLOE with alpha * 1x1', () => {
    const { builder, x } = start();
    const three = builder.batchNorm(builder.conv(x, { kernel: 3 }));
    const one = builder.scale(builder.batchNorm(builder.conv(x)), 0.3);
    builder.keep(builder.add(builder.add(three, one), x));
    expect(fuse(builder)).toMatchObject({ steps: [['conv']], left: 1 });
  });

  test('a branch scaled by zero does no harm', () => {
    const { builder, x } = start();
    builder.keep(builder.add(builder.conv(x, { kernel: 3 }), builder.scale(builder.conv(x), 0)));
    const fused = fuse(builder);
    expect(fused).toMatchObject({ left: 1 });
    expect(fused.products.length).toBeLessThanOrEqual(1);
  });

  test('MobileOne: four 3x3, a 1x1 and a batch norm, depthwise, is one depthwise 3x3', () => {
    const { builder, x } = start();
    const branches = [0, 1, 2, 3].map(() => builder.batchNorm(builder.depthwise(x, { kernel: 3 })));
    branches.push(builder.batchNorm(builder.depthwise(x)), builder.batchNorm(x));
    builder.keep(branches.reduce((a, b) => builder.add(a, b)));
    const fused = fuse(builder);
    expect(fused).toMatchObject({ steps: [['conv']], left: 1 });
    expect(fused.products[0]!.groups).toBe(4);
  });

  test('RepViT and QARepVGG: a batch norm after the sum of branches', () => {
    const { builder, x } = start();
    const sum = builder.add(builder.batchNorm(builder.depthwise(x, { kernel: 3 })), builder.depthwise(x));
    builder.keep(builder.batchNorm(builder.add(sum, x)));
    expect(fuse(builder)).toMatchObject({ steps: [['conv']], left: 1 });
  });

  test('LinearAdd: scaled branches and a scaled skip, then a batch norm', () => {
    const { builder, x } = start();
    const three = builder.scale(builder.conv(x, { kernel: 3 }), 0.7);
    const branch = builder.conv(x);
    const one = builder.scale(branch, builder.perChannel(branch));
    const skip = builder.scale(x, builder.perChannel(x));
    builder.keep(builder.batchNorm(builder.add(builder.add(three, one), skip)));
    expect(fuse(builder)).toMatchObject({ steps: [['conv']], left: 1 });
  });

  test('RepMixer: x + s * (A(x) - B(x)) is one depthwise convolution', () => {
    const { builder, x } = start();
    const mixer = builder.add(
      builder.add(builder.batchNorm(builder.depthwise(x, { kernel: 3 })), builder.batchNorm(builder.depthwise(x))),
      builder.batchNorm(x),
    );
    const difference = builder.subtract(mixer, builder.batchNorm(x));
    const scaled = builder.scale(difference, builder.perChannel(difference));
    builder.keep(builder.add(x, scaled));
    const fused = fuse(builder);
    expect(fused).toMatchObject({ steps: [['conv']], left: 1 });
    expect(fused.products[0]!.groups).toBe(4);
  });

  test('grouped branches keep their groups', () => {
    const { builder, x } = start();
    const branches = [3, 3, 1].map((kernel) => builder.batchNorm(builder.conv(x, { kernel, groups: 2 })));
    builder.keep([...branches, builder.batchNorm(x)].reduce((a, b) => builder.add(a, b)));
    const fused = fuse(builder);
    expect(fused).toMatchObject({ steps: [['conv']], left: 1 });
    expect(fused.products[0]!.groups).toBe(2);
  });
});

describe('square and cross kernels', () => {
  const inputs = (shape: (number | string)[]) => {
    const builder = new GraphBuilder(5);
    return { builder, x: builder.input(...shape) };
  };

  test.each([[[1, 3, 6, 6]], [[1, 3, 'H', 'W']]])('ACNet: 3x3 + 1x3 + 3x1 on %j is one 3x3', (shape) => {
    const { builder, x } = inputs(shape);
    const branches = [
      [3, 3],
      [1, 3],
      [3, 1],
    ].map((kernel) => builder.batchNorm(builder.conv(x, { kernel })));
    builder.keep(branches.reduce((a, b) => builder.add(a, b)));
    const fused = fuse(builder);
    expect(fused).toMatchObject({ steps: [['conv']], left: 1 });
    expect(windowsOf(fused)).toEqual([
      [
        [3, 1, 1],
        [3, 1, 1],
      ],
    ]);
  });

  test.each([[[1, 3, 6, 7]], [[1, 3, 'H', 'W']]])(
    'ACNet with cropped branches on %j: cropping is negative padding',
    (shape) => {
      const { builder, x } = inputs(shape);
      const square = builder.conv(x, { kernel: 3, padding: 0 });
      const row = builder.conv(builder.pad(x, [-1, 0]), { kernel: [1, 3], padding: 0 });
      const column = builder.conv(builder.pad(x, [0, -1]), { kernel: [3, 1], padding: 0 });
      builder.keep(
        builder.add(builder.add(builder.batchNorm(square), builder.batchNorm(row)), builder.batchNorm(column)),
      );
      const fused = fuse(builder);
      expect(fused).toMatchObject({ steps: [['conv']], left: 1 });
      expect(windowsOf(fused)).toEqual([
        [
          [3, 0, 0],
          [3, 0, 0],
        ],
      ]);
    },
  );

  test('UniRepLKNet: K = 13 and dilated branches are one depthwise 13x13', () => {
    const { builder, x } = inputs([1, 2, 'H', 'W']);
    const branches = [
      [13, 1],
      [5, 1],
      [7, 2],
      [3, 3],
      [3, 4],
      [3, 5],
    ].map(([kernel, dilation]) => builder.batchNorm(builder.depthwise(x, { kernel: kernel!, dilation: dilation! })));
    builder.keep(branches.reduce((a, b) => builder.add(a, b)));
    const fused = fuse(builder);
    expect(fused).toMatchObject({ steps: [['conv']], left: 1 });
    expect(windowsOf(fused)).toEqual([
      [
        [13, 6, 6],
        [13, 6, 6],
      ],
    ]);
    expect(fused.products[0]!.groups).toBe(2);
  });

  test('RepLKNet: depthwise 7x7 + 3x3, and a batch norm on the sum', () => {
    const { builder, x } = inputs([1, 4, 9, 9]);
    const sum = builder.add(builder.depthwise(x, { kernel: 7 }), builder.depthwise(x, { kernel: 3 }));
    builder.keep(builder.batchNorm(sum));
    expect(windowsOf(fuse(builder))).toEqual([
      [
        [7, 3, 3],
        [7, 3, 3],
      ],
    ]);
  });

  test('at stride 2, a 1x1 and a same-upper padded 3x3 add up only where the size is known', () => {
    const build = (height: number | string) => {
      const { builder, x } = inputs([1, 3, height, height]);
      const even = { kernel: 3, stride: 2, padding: [0, 0], padEnd: [1, 1] };
      builder.keep(builder.add(builder.conv(x, even), builder.conv(x, { stride: 2 })));
      return builder;
    };
    expect(windowsOf(fuse(build(8)))).toEqual([
      [
        [3, 0, 1],
        [3, 0, 1],
      ],
    ]);
  });
});
