/** What looks as if it could be fused and must not be: byte for byte as it was, with the reason. */
import { describe, it } from 'vitest';
import { expectLeftAlone } from '../claims.ts';
import { type Dims, GraphBuilder } from '../graph-builder.ts';

type Build = (b: GraphBuilder) => string;
const pads = [1, 1, 1, 1];

const cases: readonly (readonly [string, string, Build, Dims?, number?])[] = [
  ['an activation between', 'activation-between', (b) => b.norm(b.node('Sigmoid', [b.conv('x', [3, 3])]))],
  [
    'a Gemm that adds a value, which is one operator',
    'costlier',
    (b) => b.norm(b.node('Gemm', [b.relu('x'), b.constant([4, 4]), b.node('Sigmoid', ['x'])])),
    ['n', 4],
  ],
  ['an activation on one branch', 'different-inputs', (b) => b.add(b.conv('x', [3, 3]), b.relu('x'))],
  [
    'strides that differ, sizes that happen to agree',
    'stride-mismatch',
    (b) => b.add(b.conv('x', [3, 3], { stride: 2 }), b.conv('x', [1, 1], { pads: 0 })),
    [1, 4, 1, 1],
  ],
  [
    'sizes that may differ',
    'broadcast',
    (b) => b.add(b.conv('x', [3, 3]), b.conv('x', [2, 2], { pads: 0 })),
    ['n', 4, 'h', 'w'],
  ],
  [
    'a branch of one pixel that broadcasts',
    'broadcast',
    (b) => b.add(b.conv('x', [3, 3]), b.conv(b.node('GlobalAveragePool', ['x']), [1, 1])),
  ],
  [
    'a branch of one channel that broadcasts',
    'broadcast',
    (b) => b.add(b.conv('x', [3, 3]), b.conv('x', [1, 1], { out: 1 })),
  ],
  [
    'a normalization in training mode',
    'training-mode',
    (b) =>
      b.node(
        'BatchNormalization',
        [b.conv('x', [3, 3]), b.constant([4]), b.constant([4]), b.constant([4]), b.positive([4])],
        { training_mode: 1 },
      ),
  ],
  ['a normalization before padding', 'border', (b) => b.conv(b.norm('x'), [3, 3])],
  ['a bias before padding', 'border', (b) => b.conv(b.conv('x', [1, 1], { out: 9 }), [3, 3], {}, 9)],
  ['two padded kernels', 'border', (b) => b.conv(b.conv('x', [3, 3], { out: 32, bias: false }), [3, 3], {}, 32)],
  [
    'slices that step on channels and positions, which copy fewer elements than a convolution would multiply',
    'costlier',
    (b) => {
      const every = (value: string, axis: number) =>
        b.node('Slice', [value, b.list([0]), b.list([2 ** 31 - 1]), b.list([axis]), b.list([2])]);
      return every(every('x', 1), 2);
    },
  ],
  [
    'a pool that leaves padding out',
    'excluded-padding',
    (b) => b.norm(b.node('AveragePool', ['x'], { kernel_shape: [3, 3], pads })),
  ],
  [
    'a pool whose last window hangs over',
    'excluded-padding',
    (b) => b.norm(b.node('AveragePool', ['x'], { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 })),
  ],
  [
    'a pool with ceil_mode on a free size',
    'excluded-padding',
    (b) => b.norm(b.node('AveragePool', ['x'], { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 })),
    ['n', 4, 'h', 'w'],
  ],
  [
    'padding by reflection',
    'padding-value',
    (b) => b.conv(b.node('Pad', ['x', b.list([0, 0, 1, 1, 0, 0, 1, 1])], { mode: 'reflect' }), [3, 3]),
  ],
  [
    'padding by ones',
    'border',
    (b) => b.conv(b.node('Pad', ['x', b.list([0, 0, 1, 1, 0, 0, 1, 1]), b.constant([], 1)]), [3, 3]),
  ],
  [
    'padding by ones, written as an attribute',
    'border',
    (b) => b.conv(b.node('Pad', ['x'], { pads: [0, 0, 1, 1, 0, 0, 1, 1], value: { float: 1 } }), [3, 3]),
    [1, 4, 7, 6],
    10,
  ],
  [
    'zero padding before a maximum',
    'graph-input',
    (b) => b.node('MaxPool', [b.node('Pad', ['x', b.list([0, 0, 1, 1, 0, 0, 1, 1])])], { kernel_shape: [3, 3] }),
  ],
  [
    'a weight that a caller may override',
    'overridable',
    (b) => b.norm(b.node('Conv', ['x', b.override(b.constant([4, 4, 3, 3]))], { pads })),
  ],
  [
    'a list as long as the channels, and the width too',
    'broadcast',
    (b) => b.node('Mul', [b.conv('x', [3, 3]), b.constant([4])]),
    [1, 4, 4, 4],
  ],
  [
    'a list added to the last axis',
    'broadcast',
    (b) => b.node('Add', [b.conv('x', [3, 3]), b.constant([4])]),
    [1, 4, 4, 4],
  ],
  ['a constant that enlarges', 'broadcast', (b) => b.node('Mul', [b.conv('x', [3, 3]), b.constant([2, 4, 1, 1])])],
  ['a constant of higher rank', 'broadcast', (b) => b.node('Add', [b.conv('x', [3, 3]), b.constant([1, 1, 4, 1, 1])])],
  ['a map over the image', 'broadcast', (b) => b.node('Add', [b.conv('x', [3, 3]), b.constant([7, 6])])],
  [
    'a normalization of tokens behind a matrix product',
    'axis-mismatch',
    (b) => b.norm(b.node('MatMul', ['x', b.constant([4, 4])])),
    [2, 4, 4],
  ],
  ['a sum of two inputs of activations', 'different-inputs', (b) => b.add(b.relu('x'), b.node('Sigmoid', ['x']))],
  ['a shift behind an activation', 'activation-between', (b) => b.node('Add', [b.relu('x'), b.constant([4, 1, 1])])],
  ['a constant divided by a value', 'not-linear', (b) => b.node('Div', [b.constant([], 2), b.conv('x', [3, 3])])],
  ['a division by zero', 'not-a-number', (b) => b.node('Div', [b.conv('x', [3, 3]), b.constant([], 0)])],
  ['a product of two values', 'not-linear', (b) => b.node('Mul', [b.conv('x', [3, 3]), b.conv('x', [1, 1])])],
];

describe('left alone', () => {
  for (const [name, reason, build, dims, opset] of cases) {
    it(`${name} (${reason})`, () => {
      const builder = new GraphBuilder(dims ?? [1, 4, 7, 6], opset ?? 17);
      return expectLeftAlone(builder.graph(build(builder)), reason);
    });
  }

  it('an operator of another domain that is named like one', () => {
    const b = new GraphBuilder();
    const value = b.node('Conv', ['x', b.constant([4, 4, 1, 1])], {}, 'custom');
    return expectLeftAlone(b.graph(b.norm(value)), 'custom-operator');
  });

  it('weights and values between quantizers', async () => {
    const b = new GraphBuilder();
    const scale = b.constant([], 0.1);
    const weight = b.node('DequantizeLinear', [b.node('QuantizeLinear', [b.constant([4, 4, 3, 3]), scale]), scale]);
    await expectLeftAlone(b.graph(b.norm(b.node('Conv', ['x', weight], { pads }))), 'quantized');

    const c = new GraphBuilder();
    const step = c.constant([], 0.1);
    const value = c.node('DequantizeLinear', [c.node('QuantizeLinear', ['x', step]), step]);
    const quantized = c.node('QuantizeLinear', [c.norm(c.conv(value, [3, 3])), step]);
    await expectLeftAlone(c.graph(c.node('DequantizeLinear', [quantized, step])), 'quantized');
  });
});
