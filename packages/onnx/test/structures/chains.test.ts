/** The field's train-time structures in a row: each becomes the one operator its authors deploy, and its near miss stays. */
import { free, image, on, one, testStructures } from './structure.ts';

testStructures([
  {
    name: '1. Conv -> BN',
    train: free((b) => b.norm(b.conv('x', [3, 3]))),
    left: one,
    unlike: [image((b) => b.norm(b.relu(b.conv('x', [3, 3])))), 'activation-between'],
  },
  { name: '1. Conv -> BN, 1-D', train: on([1, 4, 9], (b) => b.norm(b.conv('x', [3]))), left: one },
  { name: '1. Conv -> BN, 3-D', train: on([1, 4, 4, 3, 5], (b) => b.norm(b.conv('x', [3, 1, 3]))), left: one },
  {
    name: '1. grouped Conv -> BN',
    train: free((b) => b.norm(b.conv('x', [3, 3], { group: 2, bias: false }))),
    left: one,
  },
  {
    name: '1. depthwise Conv -> BN',
    train: free((b) => b.norm(b.conv('x', [5, 5], { group: 4, stride: 2 }))),
    left: one,
  },
  {
    name: '2. grouped ConvTranspose -> BN',
    train: free((b) =>
      b.norm(b.node('ConvTranspose', ['x', b.constant([4, 3, 2, 3])], { strides: [2, 2], group: 2 }), 6),
    ),
    left: { ConvTranspose: 1 },
    unlike: [
      free((b) => b.node('ConvTranspose', [b.norm('x'), b.constant([4, 3, 2, 3])], { strides: [2, 2], group: 2 })),
      'border',
    ],
  },
  {
    name: '5. BN -> 3x3 conv without padding',
    train: free((b) => b.conv(b.norm('x'), [3, 3], { pads: 0 })),
    left: one,
  },
  {
    name: '6. BN without a shift -> padded conv',
    train: free((b) => b.conv(b.norm('x', 4, false), [3, 3])),
    left: one,
    unlike: [free((b) => b.conv(b.norm('x'), [3, 3])), 'border'],
  },
  {
    name: '17. 3x3 -> unpadded 1x1, narrowing',
    train: free((b) => b.conv(b.conv('x', [3, 3], { out: 16 }), [1, 1], { out: 2 }, 16)),
    left: one,
    unlike: [free((b) => b.conv(b.conv('x', [3, 3], { out: 2 }), [1, 1], { out: 16 }, 2)), 'costlier'],
  },
  {
    name: '18. 1x1 -> LeakyRelu of slope 1 -> 1x1',
    train: free((b) => b.conv(b.node('LeakyRelu', [b.conv('x', [1, 1])], { alpha: { float: 1 } }), [1, 1])),
    left: one,
    unlike: [
      free((b) => b.conv(b.node('LeakyRelu', [b.conv('x', [1, 1])], { alpha: { float: 0.5 } }), [1, 1])),
      'activation-between',
    ],
  },
  {
    name: '19. 3x3 -> 3x3, wide between',
    train: free((b) => b.conv(b.conv('x', [3, 3], { out: 32, bias: false, pads: 2 }), [3, 3], { pads: 0 }, 32)),
    left: one,
    unlike: [free((b) => b.conv(b.conv('x', [3, 3], { out: 32 }), [3, 3], {}, 32)), 'border'],
  },
  {
    name: '37. zero Pad -> conv',
    train: free((b) => b.conv(b.node('Pad', ['x', b.list([0, 0, 1, 2, 0, 0, 1, 0])]), [3, 3], { pads: [1, 0, 0, 1] })),
    left: one,
    unlike: [
      free((b) => b.conv(b.node('Pad', ['x', b.list([0, 0, 1, 1, 0, 0, 1, 1])], { mode: 'reflect' }), [3, 3])),
      'padding-value',
    ],
  },
  {
    name: '37. negative Pad -> unpadded depthwise conv',
    train: free((b) =>
      b.add(
        b.conv(b.node('Pad', ['x', b.list([0, 0, -1, -1, 0, 0, -1, -1])]), [1, 1], { pads: 0 }),
        b.conv('x', [3, 3], { pads: 0 }),
      ),
    ),
    left: one,
    unlike: [free((b) => b.conv(b.node('Pad', ['x', b.list([0, 0, -1, 0, 0, 0, 0, 0])]), [3, 3])), 'border'],
  },
]);
