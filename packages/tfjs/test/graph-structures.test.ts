/** Graph models in the forms that TensorFlow's converter writes: what fuses, and that outputs stay. */
import { beforeAll, describe, expect, test } from 'vitest';
import { reparameterizeArtifacts, seededRandom } from '../src/index.ts';
import { relativeDifference } from './compare.ts';
import { GraphBuilder } from './graph-builder.ts';
import { loadGraph, tf } from './tensorflow.ts';

beforeAll(() => tf.setBackend('cpu'));

/** Adds nodes behind the input and says what they give. */
type Build = (graph: GraphBuilder, x: string, floats: (...shape: number[]) => string) => string;

const plain = { padding: 'SAME', strides: [1, 1, 1, 1], dilations: [1, 1, 1, 1], data_format: 'NHWC' };

const conv = (graph: GraphBuilder, x: string, filter: string, more: object = {}) =>
  graph.add('Conv2D', [x, filter], { ...plain, ...more });
const scaled = (graph: GraphBuilder, x: string, scale: string, shift: string) =>
  graph.add('AddV2', [graph.add('Mul', [x, scale]), shift]);

/** A Conv1D layer: every one puts in an axis of its own, and takes it out. */
const conv1d = (graph: GraphBuilder, x: string, filter: string) => {
  const wide = graph.add('ExpandDims', [x, graph.list([-3], [])]);
  return graph.add('Squeeze', [conv(graph, wide, filter)], { squeeze_dims: [-3] });
};

/** A dilated convolution: positions of one phase are one sample. */
const dilated = (
  graph: GraphBuilder,
  op: string,
  x: string,
  filter: string,
  block: number,
  pads: number[],
  crops: number[],
) => {
  const apart = graph.add('SpaceToBatchND', [x, graph.list([block, block]), graph.list(pads, [2, 2])]);
  const convolved = graph.add(op, [apart, filter], { ...plain, padding: 'VALID' });
  return graph.add('BatchToSpaceND', [convolved, graph.list([block, block]), graph.list(crops, [2, 2])]);
};

/** The shape that a Reshape layer asks for: its batch is looked up. */
const batchAnd = (graph: GraphBuilder, value: string, ...sizes: number[]) => {
  const list = (...values: number[]) => graph.list(values);
  const found = graph.add('Shape', [value]);
  const batch = graph.add('StridedSlice', [found, list(0), list(1), list(1)], { shrink_axis_mask: 1 });
  const parts = [batch, ...sizes.map((size) => graph.list([size], []))];
  return graph.add('Pack', parts, { N: parts.length, axis: 0 });
};

const cases: Record<string, [build: Build, ops: string[], shape?: number[]]> = {
  'branches of Conv1D layers': [
    (graph, x, floats) => {
      const branches = [5, 3, 1].map((kernel) =>
        scaled(graph, conv1d(graph, x, floats(1, kernel, 3, 3)), floats(3), floats(3)),
      );
      const skip = scaled(graph, x, floats(3), floats(3));
      const sum = [skip, ...branches].reduce((a, b) => graph.add('AddV2', [a, b]));
      return graph.add('Relu', [sum]);
    },
    ['ExpandDims', 'Relu', 'Reshape', '_FusedConv2D'],
    [-1, 7, 3],
  ],
  'a normalization behind squeeze and excitation, before a 1x1 convolution': [
    (graph, x, floats) => {
      const mean = graph.add('Mean', [x, graph.list([1, 2])], { keep_dims: false });
      const map = graph.add('Reshape', [mean, batchAnd(graph, mean, 1, 1, 3)]);
      const gate = graph.add('Sigmoid', [conv(graph, map, floats(1, 1, 3, 3))]);
      return conv(graph, scaled(graph, graph.add('Mul', [x, gate]), floats(3), floats(3)), floats(1, 1, 3, 2));
    },
    ['Conv2D', 'Mean', 'Mul', 'Pack', 'Reshape', 'Shape', 'Sigmoid', 'StridedSlice', '_FusedConv2D'],
  ],
  'branches of Reshape layers, each of which asks for the shape': [
    (graph, x, floats) => {
      const turned = () => graph.add('Reshape', [x, batchAnd(graph, x, 24, 1, 3)]);
      const branches = [3, 1].map((kernel) => conv(graph, turned(), floats(kernel, kernel, 3, 2)));
      return graph.add('Relu', [graph.add('AddV2', branches)]);
    },
    ['Pack', 'Reshape', 'Shape', 'StridedSlice', '_FusedConv2D'],
  ],
  'half precision, which TensorFlow.js computes as float32': [
    (graph, x, floats) => {
      const half = { type: 'DT_HALF' };
      const cast = () => graph.add('Cast', [x], { SrcT: { type: 'DT_FLOAT' }, DstT: half });
      const branches = [3, 1].map((kernel) => conv(graph, cast(), floats(kernel, kernel, 3, 3), { T: half }));
      return graph.add('AddN', branches, { T: half, N: 2 });
    },
    ['Conv2D'],
  ],
  'branches of one kernel at stride 2 and any size': [
    (graph, x, floats) => {
      const halved = () => conv(graph, x, floats(3, 3, 3, 4), { strides: [1, 2, 2, 1] });
      const sum = graph.add('AddV2', [scaled(graph, halved(), floats(4), floats(4)), halved()]);
      return graph.add('Relu', [sum]);
    },
    ['_FusedConv2D'],
    [-1, -1, -1, 3],
  ],
  'a depthwise convolution at stride 2 and any size, and its normalization': [
    (graph, x, floats) => {
      const attributes = { ...plain, strides: [1, 2, 2, 1] };
      const halved = graph.add('DepthwiseConv2dNative', [x, floats(3, 3, 3, 2)], attributes);
      return graph.add('Relu', [scaled(graph, halved, floats(6), floats(6))]);
    },
    ['FusedDepthwiseConv2dNative'],
    [-1, -1, -1, 3],
  ],
  'UniRepLKNet: a dilated branch in batches, beside a dense one': [
    (graph, x, floats) => {
      const filter = floats(3, 3, 3, 1);
      const first = dilated(graph, 'DepthwiseConv2dNative', x, filter, 2, [2, 2, 2, 2], [0, 0, 0, 0]);
      const second = graph.add('DepthwiseConv2dNative', [x, floats(5, 5, 3, 1)], plain);
      return graph.add('AddV2', [scaled(graph, first, floats(3), floats(3)), second]);
    },
    ['FusedDepthwiseConv2dNative'],
  ],
  'a dilated convolution in batches, of a size that its blocks do not divide': [
    (graph, x, floats) => {
      const y = dilated(graph, 'Conv2D', x, floats(3, 3, 3, 4), 2, [2, 3, 2, 3], [0, 1, 0, 1]);
      return graph.add('Relu', [graph.add('BiasAdd', [y, floats(4)])]);
    },
    ['_FusedConv2D'],
    [-1, 5, 7, 3],
  ],
  'a normalization behind channels that become positions, before a 1x1 convolution': [
    (graph, x, floats) => {
      const wide = conv(graph, x, floats(3, 3, 3, 8));
      const large = graph.add('DepthToSpace', [wide], { block_size: 2, data_format: 'NHWC' });
      return conv(graph, scaled(graph, large, floats(2), floats(2)), floats(1, 1, 2, 3));
    },
    ['Conv2D', 'DepthToSpace', '_FusedConv2D'],
  ],
};

describe('what fuses', () => {
  for (const [name, [build, ops, shape = [-1, 4, 6, 3]]] of Object.entries(cases)) {
    test(name, async () => {
      const random = seededRandom(5);
      const numbers = (count: number) => Array.from({ length: count }, () => random() * 2 - 1);
      const countOf = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1);
      const graph = new GraphBuilder();
      const x = graph.input(shape);
      const output = build(graph, x, (...sizes) => graph.constant(sizes, numbers(countOf(sizes))));
      const artifacts = graph.build([x], [output]);
      const { artifacts: converted, report } = await reparameterizeArtifacts(artifacts);
      const found = Object.entries(report.after.operatorCounts).flatMap(([op, count]) => Array(count).fill(op));
      expect(found.sort()).toEqual(ops);
      const models = [await loadGraph(artifacts), await loadGraph(converted)];
      for (const free of [5, 6, 9]) {
        const sizes = shape.map((size, axis) => (size > 0 ? size : axis === 0 ? 2 : free));
        const input = tf.tensor(numbers(countOf(sizes)), sizes);
        const [before, after] = models.map((model) => model.predict(input) as never);
        expect(relativeDifference([before!], [after!])).toBeLessThan(1e-5);
      }
      expect((await reparameterizeArtifacts(converted)).report.fusions).toEqual([]);
    });
  }
});
