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
