/** The field's train-time structures: each becomes the one operator its authors deploy, and its near miss stays. */
import { describe, it } from 'vitest';
import { expectFused, expectLeftAlone } from '../claims.ts';
import { GraphBuilder } from '../graph-builder.ts';
import type { TestGraph } from '../graph-file.ts';

interface Structure {
  readonly name: string;
  readonly train: () => TestGraph;
  readonly fusions?: number;
  readonly left: Readonly<Record<string, number>>;
  /** A graph that looks alike and must stay, and why. */
  readonly unlike?: readonly [() => TestGraph, string | null];
}

type Build = (b: GraphBuilder) => string;
const on = (dims: ConstructorParameters<typeof GraphBuilder>[0], build: Build) => () => {
  const builder = new GraphBuilder(dims);
  return builder.graph(build(builder));
};
const image = (build: Build) => on([1, 4, 7, 6], build);
const free = (build: Build) => on(['n', 4, 'h', 'w'], build);
const tokens = (build: Build) => on([2, 5, 4], build);
const rows = (build: Build) => on([3, 4], build);
const one = { Conv: 1 };

const structures: Structure[] = [
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
    name: '3. Gemm -> BN',
    train: rows((b) =>
      b.norm(b.node('Gemm', ['x', b.constant([5, 4]), b.constant([5])], { transB: 1, alpha: { float: 0.5 } }), 5),
    ),
    left: { Gemm: 1 },
    unlike: [rows((b) => b.norm(b.node('Gemm', ['x', b.override(b.constant([4, 4]))]))), 'overridable'],
  },
  { name: '4. BN -> Linear', train: rows((b) => b.node('Gemm', [b.norm('x'), b.constant([4, 3])])), left: { Gemm: 1 } },
  {
    name: '4. BN -> 1x1 conv',
    train: free((b) => b.conv(b.norm('x'), [1, 1])),
    left: one,
    unlike: [free((b) => b.conv(b.norm('x'), [1, 1], { pads: 1 })), 'border'],
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
    name: '22. conv -> scale and shift per channel',
    train: free((b) =>
      b.node('Add', [b.node('Mul', [b.conv('x', [3, 3]), b.constant([4, 1, 1])]), b.constant([1, 4, 1, 1])]),
    ),
    left: one,
    unlike: [on([1, 4, 4, 4], (b) => b.node('Mul', [b.conv('x', [3, 3]), b.constant([4])])), 'broadcast'],
  },
  {
    name: '22. conv -> scalar scale and shift',
    train: free((b) => b.node('Sub', [b.node('Div', [b.conv('x', [3, 3]), b.constant([], 3)]), b.constant([1], 0.5)])),
    left: one,
  },
  {
    name: '23. shift per channel -> 1x1 conv',
    train: free((b) => b.conv(b.node('Add', ['x', b.constant([4, 1, 1])]), [1, 1])),
    left: one,
    unlike: [free((b) => b.conv(b.node('Add', ['x', b.constant([4, 1, 1])]), [3, 3])), 'border'],
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
    name: '28. shift -> Linear',
    train: tokens((b) =>
      b.node('Add', [b.node('MatMul', [b.node('Add', ['x', b.constant([4])]), b.constant([4, 3])]), b.constant([3])]),
    ),
    left: { MatMul: 1, Add: 1 },
    fusions: 1,
  },
  {
    name: '29. mean of linear heads',
    train: rows((b) => {
      const head = () => b.node('Gemm', ['x', b.constant([4, 3]), b.constant([3])]);
      return b.node('Div', [b.add(head(), head()), b.constant([], 2)]);
    }),
    left: { Gemm: 1 },
  },
  {
    name: '30. Concat of equal convs on one input',
    train: free((b) =>
      b.node('Concat', [b.conv('x', [3, 3], { out: 2 }), b.conv('x', [3, 3], { out: 3 })], { axis: 1 }),
    ),
    left: one,
    unlike: [free((b) => b.node('Concat', [b.conv('x', [5, 5]), b.conv('x', [1, 1])], { axis: 1 })), 'costlier'],
  },
  {
    name: '31. Split -> convs -> Concat',
    train: free((b) => {
      const [first, second] = b.split('Split', ['x', b.list([2, 2])], 2, { axis: 1 });
      const conv = (part: string) => b.conv(part, [3, 3], { out: 2 }, 2);
      return b.node('Concat', [conv(first!), conv(second!)], { axis: 1 });
    }),
    left: one,
  },
  {
    name: '33. weight computed of constants',
    train: free((b) => {
      const weight = b.node('Mul', [
        b.node('Add', [b.constant([4, 4, 3, 3]), b.constant([4, 4, 1, 1])]),
        b.constant([4, 1, 1, 1]),
      ]);
      return b.norm(b.node('Conv', ['x', weight], { pads: [1, 1, 1, 1] }));
    }),
    left: one,
  },
  {
    name: '33. 1x1 padded to 3x3 in the graph, transposed and reshaped',
    train: free((b) => {
      const turned = b.node('Transpose', [b.node('Reshape', [b.constant([16]), b.list([4, 4, 1, 1])])], {
        perm: [1, 0, 2, 3],
      });
      const weight = b.node('Add', [
        b.constant([4, 4, 3, 3]),
        b.node('Pad', [turned, b.list([0, 0, 1, 1, 0, 0, 1, 1])]),
      ]);
      return b.norm(b.node('Conv', ['x', weight], { pads: [1, 1, 1, 1] }));
    }),
    left: one,
  },
  {
    name: '34. W x + s * B(A x)',
    train: tokens((b) => {
      const low = b.node('MatMul', [b.node('MatMul', ['x', b.constant([4, 2])]), b.constant([2, 4])]);
      return b.add(b.node('MatMul', ['x', b.constant([4, 4])]), b.node('Mul', [low, b.constant([], 0.5)]));
    }),
    left: { MatMul: 1 },
    unlike: [
      tokens((b) => b.node('MatMul', [b.node('MatMul', ['x', b.constant([4, 1])]), b.constant([1, 4])])),
      'costlier',
    ],
  },
  {
    name: '34. several adapters at once',
    train: tokens((b) => {
      const adapter = (rank: number) => {
        const down = b.node('MatMul', ['x', b.constant([4, rank])]);
        return b.node('Mul', [b.node('MatMul', [down, b.constant([rank, 4])]), b.constant([], 0.5)]);
      };
      return b.add(b.node('MatMul', ['x', b.constant([4, 4])]), adapter(1), adapter(2), adapter(3));
    }),
    left: { MatMul: 1 },
  },
  {
    name: '34. an adapter whose factors are multiplied in the graph',
    train: tokens((b) => {
      const product = b.node('MatMul', [b.constant([4, 2]), b.constant([2, 4])]);
      const weight = b.node('Add', [b.constant([4, 4]), b.node('Mul', [product, b.constant([], 0.25)])]);
      return b.node('Add', [b.node('MatMul', ['x', weight]), b.node('MatMul', ['x', b.constant([4, 4])])]);
    }),
    left: { MatMul: 1 },
  },
  {
    name: 'parallel ConvTransposes, a scale before them and a norm behind',
    train: free((b) => {
      const scaled = b.norm('x', 4, false);
      const up = () =>
        b.node('ConvTranspose', [scaled, b.constant([4, 6, 2, 2])], { strides: [2, 2], kernel_shape: [2, 2] });
      return b.norm(b.add(up(), up()), 6);
    }),
    left: { ConvTranspose: 1 },
  },
  {
    name: 'scale and shift of a layer normalization -> the matrices that read it',
    train: tokens((b) => {
      const centred = b.node('Sub', ['x', b.node('ReduceMean', ['x'], { axes: [-1], keepdims: 1 })]);
      const variance = b.node('ReduceMean', [b.node('Mul', [centred, centred])], { axes: [-1], keepdims: 1 });
      const normal = b.node('Div', [centred, b.node('Sqrt', [b.node('Add', [variance, b.constant([], 1e-5)])])]);
      const scaled = b.node('Add', [b.node('Mul', [normal, b.constant([4])]), b.constant([4])]);
      const matrices = [1, 2].map(() =>
        b.node('Add', [b.node('MatMul', [scaled, b.constant([4, 4])]), b.constant([4])]),
      );
      return b.node('Mul', [b.relu(matrices[0]!), b.relu(matrices[1]!)]);
    }),
    left: { Add: 3, Div: 1, MatMul: 2, Mul: 2, ReduceMean: 2, Relu: 2, Sqrt: 1, Sub: 1 },
  },
  {
    name: '35. branches of 4 and 2 groups',
    train: free((b) => b.add(b.conv('x', [3, 3], { group: 4 }), b.conv('x', [3, 3], { group: 2 }))),
    left: one,
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
];

describe.each(structures)('$name', ({ train, fusions = 1, left, unlike }) => {
  it('becomes one operator', () => expectFused(train(), fusions, left));
  if (unlike)
    it(`is left alone where that would change it: ${unlike[1] ?? 'no gain'}`, () =>
      expectLeftAlone(unlike[0](), unlike[1]));
});
