/** What acts on channels alone in front of operators that sample positions: resizing, padding with values of the map, pooling, rearranging. */
import { describe, it } from 'vitest';
import { expectFused, expectLeftAlone } from '../claims.ts';
import { type Attributes, type Dims, GraphBuilder } from '../graph-builder.ts';

type Resample = (b: GraphBuilder, value: string) => string;

const scaled =
  (opType: string, attributes: Attributes, ...before: readonly (readonly number[] | '')[]): Resample =>
  (b, value) => {
    const lists = [...before, [1, 1, 2, 2]].map((list) => (list === '' ? '' : b.floats(list)));
    return b.node(opType, [value, ...lists], attributes);
  };

const linear = { mode: 'linear' };

describe('pointwise convolutions on both sides of it are one', () => {
  /** Of two maps, one made as large as the other: a pointwise convolution each, then one of both. */
  function pyramid(b: GraphBuilder, resample: Resample): string {
    const small = b.relu(b.conv('x', [3, 3], { out: 2, stride: 2, pads: [1, 1, 0, 0] }));
    const [wide, narrow] = [b.conv('x', [1, 1], { out: 6 }), b.conv(small, [1, 1], { out: 6 }, 2)];
    const all = b.node('Concat', [wide, resample(b, narrow)], { axis: 1 });
    return b.norm(b.conv(all, [1, 1], { out: 4 }, 12));
  }

  const cases: Record<string, readonly [number, Resample]> = {
    'Resize to the nearest': [13, scaled('Resize', {}, '')],
    'Resize by linear weights': [17, scaled('Resize', linear, '')],
    'Resize by cubic weights that leave out what is outside': [
      17,
      scaled('Resize', { mode: 'cubic', exclude_outside: 1 }, ''),
    ],
    'Resize with antialias': [18, scaled('Resize', { ...linear, antialias: 1 }, '')],
    'Resize of opset 11': [11, scaled('Resize', linear, [])],
    'Resize of opset 10': [10, scaled('Resize', linear)],
    'Resize to sizes': [
      17,
      (b, value) => {
        const attributes = { ...linear, coordinate_transformation_mode: 'align_corners' };
        return b.node('Resize', [value, '', '', b.list([1, 6, 8, 6])], attributes);
      },
    ],
    'Resize to sizes in opset 11': [
      11,
      (b, value) => b.node('Resize', [value, b.floats([]), b.floats([]), b.list([1, 6, 8, 6])], linear),
    ],
    'Resize of some axes': [
      18,
      (b, value) => b.node('Resize', [value, '', '', b.list([6, 8])], { ...linear, axes: [3, -2] }),
    ],
    Upsample: [9, scaled('Upsample', linear)],
    'Upsample of opset 7': [7, (b, value) => b.node('Upsample', [value], { scales: { floats: [1, 1, 2, 2] } })],
    Tile: [17, (b, value) => b.node('Tile', [value, b.list([1, 1, 2, 2])])],
  };
  it.each(Object.entries(cases))('%s', async (name, [opset, resample]) => {
    const b = new GraphBuilder([1, 4, 8, 6], opset);
    const type = name.split(' ')[0]!;
    await expectFused(b.graph(pyramid(b, resample)), 1, { Conv: 3, Relu: 1, [type]: 1, Add: 1 });
  });

  it('Expand', async () => {
    const b = new GraphBuilder();
    const mean = b.relu(b.node('GlobalAveragePool', ['x']));
    const wide = b.node('Expand', [b.conv(mean, [1, 1], { out: 6 }), b.list([1, 6, 7, 6])]);
    const all = b.node('Concat', [b.conv('x', [1, 1], { out: 6 }), wide], { axis: 1 });
    const counts = { Conv: 2, Relu: 1, GlobalAveragePool: 1, Expand: 1, Add: 1 };
    await expectFused(b.graph(b.conv(all, [1, 1], {}, 12)), 1, counts);
  });

  it('at free sizes', async () => {
    const b = new GraphBuilder(['n', 4, 'h', 'w']);
    const resample = scaled('Resize', linear, '');
    const parts = [b.relu('x'), b.node('Tanh', ['x'])].map((part) => resample(b, b.conv(part, [1, 1], { out: 6 })));
    const mixed = b.conv(b.node('Concat', parts, { axis: 1 }), [1, 1], {}, 12);
    await expectFused(b.graph(mixed), 1, { Relu: 1, Tanh: 1, Resize: 2, Conv: 2, Add: 1 });
  });

  it('in sequences, from matrices over flattened maps to one product of four pyramid levels', async () => {
    const b = new GraphBuilder([1, 4, 16, 16]);
    const levels = [1, 2, 4, 8].map((stride) => {
      const size = 16 / stride;
      const map = b.relu(b.node('MaxPool', ['x'], { kernel_shape: [stride, stride], strides: [stride, stride] }));
      const flat = b.node('Transpose', [b.node('Reshape', [map, b.list([1, 4, -1])])], { perm: [0, 2, 1] });
      const mixed = b.add(b.constant([6]), b.node('MatMul', [flat, b.constant([4, 6])]));
      const back = b.node('Reshape', [b.node('Transpose', [mixed], { perm: [0, 2, 1] }), b.list([1, 6, size, size])]);
      return b.node('Resize', [back, '', '', b.list([1, 6, 16, 16])], linear);
    });
    const graph = b.graph(b.relu(b.norm(b.conv(b.node('Concat', levels, { axis: 1 }), [1, 1], { bias: false }, 24))));
    await expectFused(graph, 1, { MaxPool: 4, Relu: 5, Resize: 3, Concat: 1, Conv: 1 });
  });
});

describe('a normalization in front of it goes into the convolution behind it', () => {
  const behind = (b: GraphBuilder, value: string) => b.conv(value, [3, 3], { pads: 0 });
  const cases: Record<string, readonly [number, Resample]> = {
    'Pad of opset 17': [
      17,
      (b, value) => b.node('Pad', [value, b.list([0, 0, 1, 2, 0, 0, 2, 1])], { mode: 'reflect' }),
    ],
    'Pad of opset 10': [10, (b, value) => b.node('Pad', [value], { mode: 'edge', pads: [0, 0, 1, 0, 0, 0, 1, 3] })],
    'Pad of some axes': [19, (b, value) => b.node('Pad', [value, b.list([1, 2]), '', b.list([-1])], { mode: 'wrap' })],
    'AveragePool that leaves padding out': [
      17,
      (b, value) => b.node('AveragePool', [value], { kernel_shape: [3, 2], strides: [2, 1], pads: [1, 1, 1, 0] }),
    ],
    'AveragePool with automatic padding': [
      11,
      (b, value) => b.node('AveragePool', [value], { kernel_shape: [3, 3], auto_pad: 'SAME_UPPER' }),
    ],
  };
  for (const dims of [
    [1, 4, 7, 6],
    ['n', 4, 'h', 'w'],
  ] satisfies Dims[])
    it.each(Object.entries(cases))(`%s, of ${dims}`, async (name, [opset, resample]) => {
      const b = new GraphBuilder(dims, opset);
      const graph = b.graph(b.relu(behind(b, resample(b, b.norm(b.relu('x'))))));
      await expectFused(graph, 1, { Relu: 2, [name.split(' ')[0]!]: 1, Conv: 1 });
    });
});

const maps: readonly Dims[] = [
  [1, 4, 6, 4],
  ['n', 4, 6, 4],
];

it.each(['DCR', 'CRD'])(
  'a normalization behind DepthToSpace (%s) goes into the convolution in front of it',
  async (mode) => {
    for (const dims of maps) {
      const b = new GraphBuilder(dims);
      const moved = b.node('DepthToSpace', [b.conv('x', [3, 3], { out: 12 })], { blocksize: 2, mode });
      await expectFused(b.graph(b.norm(moved, 3)), 1, { Conv: 1, DepthToSpace: 1 });
    }
  },
);

it('a normalization in front of SpaceToDepth goes into the convolution behind it', async () => {
  for (const dims of maps) {
    const b = new GraphBuilder(dims);
    const moved = b.node('SpaceToDepth', [b.norm(b.relu('x'))], { blocksize: 2 });
    await expectFused(b.graph(b.conv(moved, [1, 1], {}, 16)), 1, { Relu: 1, Conv: 1, SpaceToDepth: 1 });
  }
});

it('a resize to the size that is there is nothing', async () => {
  const b = new GraphBuilder();
  const same = b.node('Resize', [b.relu('x'), '', '', b.list([1, 4, 7, 6])], linear);
  await expectFused(b.graph(b.relu(same)), 1, { Relu: 2 });
  const other = new GraphBuilder();
  const turned = other.node('Resize', ['x', '', other.floats([1, 1, 1, 1])], {
    coordinate_transformation_mode: 'tf_half_pixel_for_nn',
    nearest_mode: 'ceil',
  });
  await expectLeftAlone(other.graph(other.relu(turned)), null);
});

it('the same size on another axis is another map', async () => {
  const resized = new GraphBuilder([1, 4, 7, 7]);
  const same = resized.node('LeakyRelu', [resized.relu('x')], { alpha: { float: 1 } });
  const resize = (sizes: readonly number[]) =>
    resized.relu(resized.node('Resize', [same, '', '', resized.list(sizes)], linear));
  await expectFused(resized.graph(resize([1, 4, 9, 7]), resize([1, 4, 7, 9])), 1, { Relu: 3, Resize: 2 });
  const expanded = new GraphBuilder([1, 4, 1, 1]);
  const twin = expanded.node('LeakyRelu', [expanded.relu('x')], { alpha: { float: 1 } });
  const expand = (sizes: readonly number[]) => expanded.relu(expanded.node('Expand', [twin, expanded.list(sizes)]));
  await expectFused(expanded.graph(expand([1, 4, 9, 1]), expand([1, 4, 1, 9])), 1, { Relu: 3, Expand: 2 });
});

describe('what is not alike for all channels, or has another value outside, stays', () => {
  const cases: Record<string, Resample> = {
    'a crop with a value outside': (b, value) =>
      b.node('Resize', [value, b.floats([0, 0, -1, -1, 1, 1, 2, 2]), '', b.list([1, 4, 8, 8])], {
        ...linear,
        coordinate_transformation_mode: 'tf_crop_and_resize',
        extrapolation_value: { float: 3 },
      }),
    'sizes that are computed': (b, value) => {
      const nothing = b.node('Mul', [b.node('ReduceSum', ['x'], { keepdims: 0 }), b.constant([1], 0)]);
      const sizes = b.node('Cast', [b.add(b.constant([4], [1, 4, 14, 12]), nothing)], { to: 7 });
      return b.node('Resize', [value, '', '', sizes], linear);
    },
    'a number that is not finite': (b, value) =>
      b.node('Resize', [value, '', b.floats([1, 1, 2, 2])], {
        extrapolation_value: { float: Number.NEGATIVE_INFINITY },
      }),
    'channels that are mixed': (b, value) =>
      b.node('Resize', [value, '', '', b.list([1, 8, 7, 6])], {
        ...linear,
        coordinate_transformation_mode: 'asymmetric',
      }),
    'a window that hangs over': (b, value) =>
      b.node('AveragePool', [value], { kernel_shape: [2, 4], strides: [2, 2], ceil_mode: 1, pads: [1, 1, 1, 1] }),
    'channels that are shifted': (b, value) =>
      b.node('Resize', [value, '', b.floats([1, 1, 2, 2])], {
        coordinate_transformation_mode: 'tf_half_pixel_for_nn',
        nearest_mode: 'round_prefer_ceil',
      }),
    'a pool with gaps': (b, value) =>
      b.node('AveragePool', [value], { kernel_shape: [2, 2], dilations: [3, 3], pads: [1, 1, 1, 1] }),
  };
  it.each(Object.entries(cases))('%s', async (_, resample) => {
    const b = new GraphBuilder([1, 4, 7, 6], 19);
    const channels = resample === cases['channels that are mixed'] ? 8 : 4;
    const graph = b.graph(b.conv(resample(b, b.norm(b.relu('x'))), [1, 1], {}, channels));
    await expectLeftAlone(graph, null);
  });
});
