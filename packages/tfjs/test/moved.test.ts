/** Affine values across global pooling, flattening, reshaping and permuting: what each becomes, and what stays. */
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, test } from 'vitest';
import { reparameterizeArtifacts, seededRandom } from '../src/index.ts';
import { relativeDifference } from './compare.ts';
import { convertModel } from './convert-model.ts';
import { GraphBuilder } from './graph-builder.ts';
import { loadGraph, tf } from './tensorflow.ts';

type Value = SymbolicTensor;

beforeAll(() => tf.setBackend('cpu'));

const bn = (x: Value) => tf.layers.batchNormalization().apply(x) as Value;
const conv = (x: Value, filters: number, kernelSize: number, more: object = {}) =>
  tf.layers.conv2d({ filters, kernelSize, padding: 'same', ...more }).apply(x) as Value;
const dense = (x: Value, units: number, more: object = {}) => tf.layers.dense({ units, ...more }).apply(x) as Value;
const mean = (x: Value, more: object = {}) => tf.layers.globalAveragePooling2d(more as never).apply(x) as Value;
const flatten = (x: Value, more: object = {}) => tf.layers.flatten(more).apply(x) as Value;
const reshape = (x: Value, ...targetShape: number[]) => tf.layers.reshape({ targetShape }).apply(x) as Value;
const permute = (x: Value, ...dims: number[]) => tf.layers.permute({ dims }).apply(x) as Value;
const add = (...values: Value[]) => tf.layers.add().apply(values) as Value;
const relu = (x: Value) => tf.layers.reLU().apply(x) as Value;

describe('layers', () => {
  const cases: Record<string, [build: (x: Value) => Value, layers: string[], shape?: (number | null)[]]> = {
    'a normalization before global pooling and a dense layer': [
      (x) => dense(mean(bn(x)), 3),
      ['GlobalAveragePooling2D', 'Dense'],
    ],
    'a 1x1 convolution before global pooling and a dense layer': [
      (x) => dense(mean(bn(conv(x, 9, 1))), 3),
      ['GlobalAveragePooling2D', 'Dense'],
    ],
    'two normalizations about global pooling': [
      (x) => dense(bn(mean(bn(x))), 3),
      ['GlobalAveragePooling2D', 'Dense'],
      [5, 6, 4],
    ],
    'global pooling over one axis': [
      (x) => dense(tf.layers.globalAveragePooling1d().apply(bn(x)) as Value, 3),
      ['GlobalAveragePooling1D', 'Dense'],
      [null, 4],
    ],
    'a mean that becomes a map again (squeeze and excitation without its activation)': [
      (x) => conv(reshape(mean(bn(x)), 1, 1, 4), 2, 1),
      ['GlobalAveragePooling2D', 'Reshape', 'Conv2D'],
    ],
    'a normalization before flattening': [(x) => dense(flatten(bn(x)), 3), ['Flatten', 'Dense'], [3, 2, 4]],
    'a normalization behind flattening': [(x) => dense(bn(flatten(x)), 3), ['Flatten', 'Dense'], [3, 2, 4]],
    'a convolution, its normalization, flattening, a dense layer': [
      (x) => dense(flatten(bn(conv(x, 8, 3))), 3),
      ['Flatten', 'Dense'],
      [4, 4, 2],
    ],
    'a convolution with border, flattening, a dense layer': [
      (x) => dense(flatten(conv(x, 8, 3, { padding: 'valid' })), 3),
      ['Flatten', 'Dense'],
      [5, 4, 2],
    ],
    'tokens: a 1x1 convolution becomes a dense layer behind reshaping': [
      (x) => dense(reshape(conv(x, 6, 1), 12, 6), 3),
      ['Reshape', 'Dense'],
      [3, 4, 2],
    ],
    'there and back': [(x) => bn(permute(permute(conv(x, 4, 3), 2, 1, 3), 2, 1, 3)), ['Conv2D'], [5, 6, 3]],
    'branches that meet behind a reshape': [
      (x) => add(reshape(bn(conv(x, 4, 1)), 30, 4), reshape(bn(conv(x, 4, 1)), 30, 4)),
      ['Dense', 'Reshape'],
      [5, 6, 3],
    ],
    'a linear layer over the whole map beside convolutions of the map (RepMLP)': [
      (x) => relu(add(reshape(dense(flatten(x), 40), 4, 5, 2), bn(conv(x, 2, 3)), bn(conv(x, 2, 1)))),
      ['Flatten', 'Dense', 'Reshape', 'Activation'],
      [4, 5, 2],
    ],
    'a normalization behind a reshape goes in front of it, where an activation reads it': [
      (x) => relu(bn(reshape(conv(x, 6, 3), 12, 6))),
      ['Conv2D', 'Reshape', 'Activation'],
      [3, 4, 2],
    ],
    'what was permuted twice, normalized between and behind': [
      (x) => bn(permute(bn(permute(conv(x, 4, 3), 2, 1, 3)), 2, 1, 3)),
      ['Conv2D'],
      [3, 4, 2],
    ],
    'heads of what was permuted, each normalized': [
      (x) => add(relu(bn(permute(conv(x, 4, 3), 2, 1, 3))), relu(bn(permute(conv(x, 4, 3), 2, 1, 3)))),
      ['Conv2D', 'Permute', 'Activation', 'Conv2D', 'Permute', 'Activation', 'Add'],
      [3, 4, 2],
    ],
    'levels of a pyramid, each with a 1x1 convolution, mixed by another': [
      (x) => {
        const small = tf.layers.maxPooling2d({ poolSize: 2 }).apply(x) as Value;
        const up = tf.layers.upSampling2d({ size: [2, 2], interpolation: 'bilinear' });
        const levels = [relu(bn(conv(conv(x, 6, 1), 4, 3))), up.apply(bn(conv(small, 6, 1))) as Value];
        return relu(bn(conv(tf.layers.concatenate().apply(levels) as Value, 4, 1)));
      },
      ['Activation', 'Add', 'Conv2D', 'Conv2D', 'Conv2D', 'Conv2D', 'MaxPooling2D', 'UpSampling2D'],
      [4, 6, 3],
    ],
    'positions permuted between': [(x) => bn(permute(conv(x, 4, 1), 2, 1, 3)), ['Conv2D', 'Permute'], [5, 6, 3]],
  };
  for (const [name, [build, layers, shape]] of Object.entries(cases)) {
    test(name, async () => {
      const x = tf.input({ shape: (shape ?? [null, null, 4]) as number[] });
      const converted = await convertModel(tf.model({ inputs: x, outputs: build(x) }));
      expect([...converted.layers].sort()).toEqual([...layers].sort());
      expect(converted.report.fusions.length).toBeGreaterThan(0);
    });
  }

  test('channels first: flattening puts them last', async () => {
    const x = tf.input({ shape: [4, 3, 2] });
    const first = { dataFormat: 'channelsFirst' as const };
    const wide = conv(x, 6, 1, first);
    const { layers } = await convertModel(tf.model({ inputs: x, outputs: dense(flatten(wide, first), 2) }));
    expect(layers.at(-1)).toBe('Dense');
    expect(layers).not.toContain('Conv2D');
  });

  test('a Sequential model stays a chain', async () => {
    const model = tf.sequential();
    model.add(tf.layers.conv2d({ inputShape: [4, 4, 2], filters: 8, kernelSize: 1, name: 'first' }));
    model.add(tf.layers.batchNormalization());
    model.add(tf.layers.globalAveragePooling2d({} as never));
    model.add(tf.layers.dense({ units: 2, activation: 'softmax', name: 'last' }));
    const { deploy, layers } = await convertModel(model);
    expect(deploy.getClassName()).toBe('Sequential');
    expect(layers).toEqual(['GlobalAveragePooling2D', 'Dense']);
    expect(deploy.layers.at(-1)!.name).toBe('last');
  });

  const left: Record<string, [build: (x: Value) => Value, layers: string[]]> = {
    'an activation before the mean': [
      (x) => dense(mean(relu(conv(x, 4, 1))), 3),
      ['Conv2D', 'ReLU', 'GlobalAveragePooling2D', 'Dense'],
    ],
    'a maximum in place of the mean': [
      (x) => dense(tf.layers.globalMaxPooling2d({} as never).apply(conv(x, 4, 1)) as Value, 3),
      ['Conv2D', 'GlobalMaxPooling2D', 'Dense'],
    ],
    'a convolution that is cheaper where it stands': [
      (x) => dense(flatten(conv(x, 1, 3)), 40),
      ['Conv2D', 'Flatten', 'Dense'],
    ],
    'a normalization of positions that were channels': [
      (x) => bn(permute(conv(x, 4, 1), 3, 1, 2)),
      ['Conv2D', 'Permute', 'BatchNormalization'],
    ],
  };
  for (const [name, [build, layers]] of Object.entries(left)) {
    test(`stays: ${name}`, async () => {
      const x = tf.input({ shape: [5, 6, 3] });
      const converted = await convertModel(tf.model({ inputs: x, outputs: build(x) }));
      expect(converted.layers).toEqual(layers);
    });
  }
});

describe('graphs', () => {
  /** Adds nodes behind the input and says what they give. */
  type Build = (graph: GraphBuilder, x: string, floats: (...shape: number[]) => string) => string;
  const off = { transpose_a: false, transpose_b: false };
  const product = (graph: GraphBuilder, x: string, matrix: string) => graph.add('MatMul', [x, matrix], off);
  const scaled = (graph: GraphBuilder, x: string, scale: string, shift: string) =>
    graph.add('AddV2', [graph.add('Mul', [x, scale]), shift]);
  const plain = { padding: 'SAME', strides: [1, 1, 1, 1], dilations: [1, 1, 1, 1], data_format: 'NHWC' };
  const sum = ['Conv2D', 'Conv2D', 'Conv2D', 'AddV2', 'AddV2'];
  const cases: Record<string, [build: Build, ops: string[]]> = {
    'scale and shift before a mean and a product': [
      (graph, x, floats) => {
        const affine = scaled(graph, x, floats(3), floats(3));
        return product(graph, graph.add('Mean', [affine, graph.list([1, 2])], { keep_dims: false }), floats(3, 2));
      },
      ['Mean', '_FusedMatMul'],
    ],
    'a convolution before a mean that keeps its axes, squeezed': [
      (graph, x, floats) => {
        const convolved = graph.add('Conv2D', [x, floats(1, 1, 3, 5)], plain);
        const pooled = graph.add('Mean', [convolved, graph.list([1, 2])], { keep_dims: true });
        return product(graph, graph.add('Squeeze', [pooled], { squeeze_dims: [1, 2] }), floats(5, 2));
      },
      ['MatMul', 'Mean'],
    ],
    'a convolution before flattening': [
      (graph, x, floats) => {
        const convolved = graph.add('Conv2D', [x, floats(3, 3, 3, 9)], plain);
        return product(graph, graph.add('Reshape', [convolved, graph.list([-1, 4 * 5 * 9])]), floats(4 * 5 * 9, 2));
      },
      ['MatMul', 'Reshape'],
    ],
    'a transpose of positions there and back': [
      (graph, x, floats) => {
        const turned = graph.add('Transpose', [scaled(graph, x, floats(3), floats(3)), graph.list([0, 2, 1, 3])]);
        const back = graph.add('Transpose', [turned, graph.list([0, 2, 1, 3])]);
        return graph.add('Conv2D', [back, floats(1, 1, 3, 2)], plain);
      },
      ['_FusedConv2D'],
    ],
    'a matrix product over the whole map beside a convolution of the map': [
      (graph, x, floats) => {
        const flat = graph.add('Reshape', [x, graph.list([-1, 60])]);
        const whole = graph.add('Reshape', [product(graph, flat, floats(60, 60)), graph.list([-1, 4, 5, 3])]);
        const branch = graph.add('Conv2D', [x, floats(3, 3, 3, 3)], plain);
        return graph.add('Tanh', [graph.add('AddV2', [scaled(graph, branch, floats(3), floats(3)), whole])]);
      },
      ['Reshape', '_FusedMatMul', 'Reshape', 'Tanh'],
    ],
    'a scale behind a transpose goes in front of it': [
      (graph, x, floats) => {
        const convolved = graph.add('Conv2D', [x, floats(3, 3, 3, 4)], plain);
        const turned = graph.add('Transpose', [convolved, graph.list([0, 2, 1, 3])]);
        return graph.add('Relu', [scaled(graph, turned, floats(4), floats(4))]);
      },
      ['_FusedConv2D', 'Relu', 'Transpose'],
    ],
    'levels of a pyramid, resized to one size': [
      (graph, x, floats) => {
        const resize = (value: string, op: string, more: object) =>
          graph.add(op, [value, graph.list([8, 7])], { align_corners: false, half_pixel_centers: true, ...more });
        const levels = ['Relu', 'Tanh', 'Sigmoid'].map((op) =>
          graph.add('Conv2D', [graph.add(op, [x]), floats(1, 1, 3, 8)], plain),
        );
        const all = [
          resize(levels[0]!, 'ResizeBilinear', {}),
          resize(levels[1]!, 'ResizeBilinear', { align_corners: true, half_pixel_centers: false }),
          resize(levels[2]!, 'ResizeNearestNeighbor', {}),
        ];
        const joined = graph.add('ConcatV2', [...all, graph.list([3], [])], { N: 3 });
        return graph.add('Conv2D', [joined, floats(1, 1, 24, 4)], plain);
      },
      ['Relu', 'Tanh', 'Sigmoid', 'ResizeBilinear', 'ResizeBilinear', 'ResizeNearestNeighbor', ...sum],
    ],
    'axes put in and taken out': [
      (graph, x, floats) => {
        const wide = graph.add('ExpandDims', [scaled(graph, x, floats(3), floats(3)), graph.list([1], [])]);
        const back = graph.add('Squeeze', [wide], { squeeze_dims: [1] });
        return graph.add('Conv2D', [back, floats(1, 1, 3, 2)], plain);
      },
      ['_FusedConv2D'],
    ],
    'a Prelu behind matrix products without a bias': [
      (graph, x, floats) => {
        const pooled = graph.add('Mean', [x, graph.list([1, 2])], { keep_dims: false });
        const fused = { ...off, fused_ops: ['BiasAdd', 'Prelu'], num_args: 2, epsilon: { f: 0 } };
        const inputs = [product(graph, pooled, floats(3, 4)), floats(4, 2), graph.constant([2], [0, 0]), floats(2)];
        return graph.add('_FusedMatMul', inputs, fused);
      },
      ['Mean', 'MatMul', 'Prelu'],
    ],
    'a scale and a shift stay: a normalization in their place would take longer on wasm': [
      (graph, x, floats) => graph.add('Relu', [scaled(graph, graph.add('Relu', [x]), floats(3), floats(3))]),
      ['Relu', 'Mul', 'AddV2', 'Relu'],
    ],
    'a scale and a shift before a normalization merge into it': [
      (graph, x, floats) => {
        const affine = scaled(graph, graph.add('Relu', [x]), floats(3), floats(3));
        const variance = graph.constant([3], [1, 2, 3]);
        const inputs = [affine, floats(3), floats(3), floats(3), variance];
        return graph.add('FusedBatchNormV3', inputs, { epsilon: 0.001, is_training: false, data_format: 'NHWC' });
      },
      ['Relu', 'FusedBatchNormV3'],
    ],
  };
  for (const [name, [build, ops]] of Object.entries(cases)) {
    test(name, async () => {
      const random = seededRandom(5);
      const graph = new GraphBuilder();
      const floats = (...shape: number[]) =>
        graph.constant(
          shape,
          Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random() * 2 - 1),
        );
      const x = graph.input([-1, 4, 5, 3]);
      const output = build(graph, x, floats);
      const artifacts = graph.build([x], [output]);
      const { artifacts: converted, report } = await reparameterizeArtifacts(artifacts);
      const counts = Object.fromEntries(ops.map((op) => [op, ops.filter((other) => other === op).length]));
      expect(report.after.operatorCounts).toEqual(counts);
      const [before, after] = [await loadGraph(artifacts), await loadGraph(converted)];
      const input = tf.tensor(
        Array.from({ length: 120 }, () => random() * 2 - 1),
        [2, 4, 5, 3],
      );
      const [expected, found] = [before, after].map((model) => model.predict(input) as never);
      expect(relativeDifference([expected!], [found!])).toBeLessThan(1e-5);
      expect((await reparameterizeArtifacts(converted)).report.fusions).toEqual([]);
    });
  }

  test('without a signature, what nothing reads is an output, and stays unread', async () => {
    const graph = new GraphBuilder();
    const x = graph.input([-1, 4, 5, 3]);
    const joined = graph.add('ConcatV2', [x, x, graph.list([-1], [])], { N: 2 });
    const means = [joined, x].map((value) => graph.add('Mean', [value, graph.list([1, 2])], { keep_dims: false }));
    const artifacts = graph.build([x]);
    const { artifacts: converted } = await reparameterizeArtifacts(artifacts);
    expect((await loadGraph(artifacts)).outputNodes).toEqual(means);
    expect((await loadGraph(converted)).outputNodes).toEqual(means);
  });

  test('what only an activation reads that goes is not made anew', async () => {
    const graph = new GraphBuilder();
    const x = graph.input([-1, 4, 5, 3]);
    const ones = (...shape: number[]) => graph.constant(shape, new Array(shape.reduce((a, b) => a * b, 1)).fill(1));
    const product = graph.add('BatchMatMulV2', [x, ones(1, 1, 3, 4)], { adj_x: false, adj_y: false });
    const convolved = graph.add('Conv2D', [product, ones(1, 1, 4, 3)], plain);
    const squared = graph.add('Square', [graph.add('Mul', [graph.add('Relu', [convolved]), ones(3)])]);
    const joined = graph.add('ConcatV2', [squared, x, graph.list([3], [])], { N: 2 });
    const part = graph.add('Slice', [joined, graph.list([0, 0, 0, 3]), graph.list([-1, -1, -1, 2])]);
    const artifacts = graph.build([x]);
    const { artifacts: converted, report } = await reparameterizeArtifacts(artifacts);
    expect(report.after.operatorCounts).toEqual({ Slice: 1 });
    expect((await loadGraph(converted)).outputNodes).toEqual([part]);
  });

  test('without a signature, an output that is a movement which others need stays unread', async () => {
    const graph = new GraphBuilder();
    const x = graph.input([2, 4, 5, 3]);
    const same = graph.add('Transpose', [x, graph.list([0, 1, 2, 3])]);
    const mean = graph.add('Mean', [same, graph.list([1])], { keep_dims: false });
    const difference = graph.add('Sub', [same, x]);
    const turned = graph.add('Transpose', [mean, graph.list([0, 1, 2])]);
    const matrix = graph.constant([1, 3, 2], [1, -2, 3, 0.5, 2, 1]);
    const product = graph.add('BatchMatMulV2', [mean, matrix], { adj_x: false, adj_y: false });
    const artifacts = graph.build([x]);
    const { artifacts: converted } = await reparameterizeArtifacts(artifacts);
    expect((await loadGraph(artifacts)).outputNodes).toEqual([difference, turned, product]);
    expect((await loadGraph(converted)).outputNodes).toEqual([difference, turned, product]);
  });

  test('a value that another one stands for is there beside its activation', async () => {
    const graph = new GraphBuilder();
    const x = graph.input([-1, 1, 3]);
    const tripled = graph.add('AddN', [x, x, x], { N: 3 });
    const [first, second] = [1, 2].map(() => graph.add('Squeeze', [tripled], { squeeze_dims: [1] }));
    const active = graph.add('Relu', [first!]);
    const doubled = graph.add('AddV2', [second!, second!]);
    const outputs = [graph.add('AddV2', [active, active]), graph.add('Maximum', [second!, doubled])];
    const artifacts = graph.build([x], outputs);
    const { artifacts: converted, report } = await reparameterizeArtifacts(artifacts);
    expect(report.fusions.length).toBeGreaterThan(1);
    const input = tf.tensor([1, -2, 3, 0.5, 2, -1], [2, 1, 3]);
    const [expected, found] = [await loadGraph(artifacts), await loadGraph(converted)].map(
      (model) => model.predict(input) as never,
    );
    expect(relativeDifference(expected!, found!)).toBeLessThan(1e-6);
  });

  test('a mean over channels is none of positions', async () => {
    const graph = new GraphBuilder();
    const x = graph.input([-1, 4, 5, 3]);
    const affine = graph.add('Mul', [x, graph.constant([3], [1, 2, 3])]);
    const pooled = graph.add('Mean', [affine, graph.list([3])], { keep_dims: false });
    const { report } = await reparameterizeArtifacts(graph.build([x], [pooled]));
    expect(report.fusions).toEqual([]);
  });
});
