/** The field's train-time branches of one value: they become the one operator their authors deploy, and near misses stay. */
import { free, image, one, testStructures } from './structure.ts';

testStructures([
  {
    name: '8. three copies of conv + BN',
    train: free((b) => b.add(...[1, 2, 3].map(() => b.norm(b.conv('x', [3, 3], { stride: 2 }))))),
    left: one,
  },
  {
    name: '9. 3x3 + 1x1',
    train: free((b) => b.add(b.conv('x', [3, 3]), b.conv('x', [1, 1]))),
    left: one,
    unlike: [free((b) => b.add(b.conv('x', [3, 3]), b.relu(b.conv('x', [1, 1])))), null],
  },
  {
    name: '9. 3x3 + 1x1, stride 2',
    train: image((b) => b.add(b.conv('x', [3, 3], { stride: 2 }), b.conv('x', [1, 1], { stride: 2, pads: 0 }))),
    left: one,
  },
  {
    name: '10. 3x3 + BN(x) + x',
    train: free((b) => b.add(b.conv('x', [3, 3]), b.norm('x'), 'x')),
    left: one,
    unlike: [free((b) => b.add(b.conv('x', [3, 3], { stride: 2 }), 'x')), 'broadcast'],
  },
  {
    name: '11. depthwise 7x7 + 3x3',
    train: free((b) => b.add(b.norm(b.conv('x', [7, 7], { group: 4 })), b.norm(b.conv('x', [3, 3], { group: 4 })))),
    left: one,
  },
  {
    name: '12. large kernel + dilated branches',
    train: free((b) =>
      b.add(
        b.conv('x', [13, 13], { group: 4 }),
        ...[
          [5, 1],
          [7, 2],
          [3, 3],
          [3, 4],
          [3, 5],
        ].map(([k, d]) => b.norm(b.conv('x', [k!, k!], { group: 4, dilation: d! }))),
      ),
    ),
    left: one,
  },
  {
    name: '13. 3x3 + 1x3 + 3x1',
    train: free((b) => b.add(b.conv('x', [3, 3]), b.conv('x', [1, 3]), b.conv('x', [3, 1]))),
    left: one,
  },
  {
    name: '13. unpadded 3x3 + 1x3 and 3x1 on crops',
    train: image((b) => {
      const crop = (axis: number) => b.node('Slice', ['x', b.list([1]), b.list([-1]), b.list([axis])]);
      return b.add(
        b.conv('x', [3, 3], { pads: 0 }),
        b.conv(crop(2), [1, 3], { pads: 0 }),
        b.conv(crop(3), [3, 1], { pads: 0 }),
      );
    }),
    left: one,
  },
  {
    name: '14. average-pool branch + BN',
    train: free((b) =>
      b.add(
        b.conv('x', [3, 3]),
        b.norm(b.node('AveragePool', ['x'], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 })),
      ),
    ),
    left: one,
    unlike: [
      free((b) =>
        b.add(b.conv('x', [3, 3]), b.node('AveragePool', ['x'], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] })),
      ),
      'excluded-padding',
    ],
  },
  {
    name: '15. 1x1 without bias -> padded 3x3, beside a 3x3',
    train: free((b) => b.add(b.conv(b.conv('x', [1, 1], { bias: false }), [3, 3]), b.conv('x', [3, 3]))),
    left: one,
    unlike: [free((b) => b.conv(b.conv('x', [1, 1]), [3, 3])), 'border'],
  },
  {
    name: '16. 1x1 -> average pool, beside a 3x3',
    train: free((b) =>
      b.add(b.node('AveragePool', [b.conv('x', [1, 1])], { kernel_shape: [3, 3] }), b.conv('x', [3, 3], { pads: 0 })),
    ),
    left: one,
  },
  {
    name: '20. 1x3 -> 3x1 depthwise, beside a 3x3',
    train: free((b) =>
      b.add(
        b.conv(b.conv('x', [1, 3], { group: 4, bias: false }), [3, 1], { group: 4 }),
        b.conv('x', [3, 3], { group: 4 }),
      ),
    ),
    left: one,
    unlike: [
      free((b) => b.conv(b.conv('x', [1, 3], { group: 4, bias: false }), [3, 1], { group: 4, bias: false })),
      null, // 1x3 and 3x1 are six multiplications, a 3x3 nine
    ],
  },
  {
    name: '21. depthwise -> 1x1 beside a dense branch',
    train: free((b) => b.add(b.conv(b.conv('x', [3, 3], { group: 4 }), [1, 1]), b.conv('x', [3, 3]))),
    left: one,
    unlike: [free((b) => b.conv(b.conv('x', [3, 3], { group: 4 }), [1, 1])), 'costlier'],
  },
  {
    name: '24. x + s * (A(x) - B(x))',
    train: free((b) =>
      b.add(
        'x',
        b.node('Mul', [
          b.constant([4, 1, 1]),
          b.node('Sub', [b.add(b.norm(b.conv('x', [3, 3], { group: 4 })), b.norm('x')), b.norm('x')]),
        ]),
      ),
    ),
    left: one,
  },
  {
    name: '25. BN of a sum of branches',
    train: free((b) => b.norm(b.add(b.conv('x', [3, 3]), b.conv('x', [1, 1]), 'x'))),
    left: one,
  },
  {
    name: '26. scaled branches -> BN',
    train: free((b) => {
      const scaled = (value: string) => b.node('Mul', [value, b.constant([4, 1, 1])]);
      return b.norm(b.add(scaled(b.conv('x', [3, 3])), scaled(b.conv('x', [1, 1])), scaled('x')));
    }),
    left: one,
  },
  {
    name: '27. 3x3 + alpha * 1x1',
    train: free((b) => b.add(b.conv('x', [3, 3]), b.node('Mul', [b.constant([], 0.3), b.conv('x', [1, 1])]))),
    left: one,
  },
  {
    name: '27. alpha is 0',
    train: free((b) => b.add(b.conv('x', [3, 3]), b.node('Mul', [b.constant([], 0), b.conv('x', [1, 1])]))),
    left: one,
  },
  {
    name: '35. branches of 4 and 2 groups',
    train: free((b) => b.add(b.conv('x', [3, 3], { group: 4 }), b.conv('x', [3, 3], { group: 2 }))),
    left: one,
  },
]);
