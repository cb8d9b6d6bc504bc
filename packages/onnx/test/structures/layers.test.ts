/** The field's train-time structures around scales, matrices, weights and channels: one operator each, and near misses stay. */
import { free, on, one, rows, testStructures, tokens } from './structure.ts';

testStructures([
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
    fusions: 2,
    left: { Add: 3, Div: 1, MatMul: 2, Mul: 2, ReduceMean: 2, Relu: 2, Sqrt: 1, Sub: 1 },
  },
]);
