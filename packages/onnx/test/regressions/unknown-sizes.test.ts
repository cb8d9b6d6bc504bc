/** Faults that random graphs have found. What follows for a size that the file leaves open. */

import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { readScope } from '../../src/analysis/read-scope.ts';
import { reparameterize } from '../../src/index.ts';
import { loadEvaluation } from '../../src/load-evaluation.ts';
import { openModel } from '../../src/proto/model.ts';
import { bytesSource } from '../../src/proto/source.ts';
import { runsOf } from '../claims.ts';
import { compareConverted } from '../differential.ts';
import { GraphBuilder } from '../graph-builder.ts';
import { fileOf } from '../graph-file.ts';
import { ModelProtoSchema, TensorShapeProtoSchema } from '../proto/gen/onnx_pb.js';
import { expectRight, expectSame } from './expect-right.ts';

it('a free number of channels that a convolution settles is settled everywhere', async () => {
  const b = new GraphBuilder(['n', 'c', 'h', 'w']);
  const bytes = fileOf(b.graph(b.conv(b.norm(b.norm('x')), [1, 1])));
  const { report } = await reparameterize(bytes);
  expect(report.after.operatorCounts).toEqual({ Conv: 1 });
});

it('a number of channels that a free size leaves open, as it is only known halved, is not settled', () =>
  expectRight(['n', 4, 'd'], (b) => {
    const pooled = b.node('AveragePool', [b.conv('x', [5], { out: 5 })], { kernel_shape: [3], strides: [2] });
    const turned = b.node('Transpose', [pooled], { perm: [0, 2, 1] });
    return b.node('ConvTranspose', [turned, b.constant([2, 2, 3]), b.constant([4])], { strides: [2], group: 2 });
  }));

/** An output of which the file says no shape, and no rule here either. */

const unknown = (b: GraphBuilder) =>
  b.node('Compress', ['x', b.node('Greater', [b.positive([2]), b.constant([], 0)])], { axis: 0 });

describe('what a reader tells of a value of unknown shape holds for those that read it before', () => {
  it('a convolution behind a normalization', async () => {
    const b = new GraphBuilder([2, 4, 5, 4]);
    const value = unknown(b);
    const up = b.node('ConvTranspose', [b.node('Mul', [value, b.constant([1, 1])]), b.constant([4, 3, 3, 3])]);
    const normed = b.norm(value);
    const graph = b.graph(up, b.add(normed, b.conv(value, [3, 1])));
    expect(await compareConverted({ graph, runs: runsOf(graph) })).toEqual({ fusions: 2 });
  });

  it('through scales and activations', async () => {
    const b = new GraphBuilder([2, 4, 5, 4]);
    const value = unknown(b);
    const normed = b.add(b.norm(value), value);
    const graph = b.graph(normed, b.conv(b.relu(b.node('Mul', [value, b.constant([], 2)])), [3, 3]));
    expect(await compareConverted({ graph, runs: runsOf(graph) })).toEqual({ fusions: 1 });
  });

  it('but not by a reader that no output needs, which may never be run', async () => {
    const b = new GraphBuilder([2, 4, 4]);
    const value = unknown(b); // of rank 3, not 4
    b.conv(value, [3, 3]);
    const graph = b.graph(b.node('Mul', [b.norm(value), b.constant([4, 1])]));
    await expectSame(graph);
  });
});

it('a size that only the declaration of an output tells is that of all values of this size', async () => {
  const b = new GraphBuilder([2, 4, 5, 4]);
  const map = b.conv(unknown(b), [3, 3]);
  const pooled = b.node('GlobalAveragePool', [map]);
  const output = b.node('Flatten', [pooled]);
  const file = fromBinary(ModelProtoSchema, fileOf(b.graph(output)));
  const dim = [2, 4].map((size) => ({ value: { case: 'dimValue' as const, value: BigInt(size) } }));
  const shape = create(TensorShapeProtoSchema, { dim });
  const { value } = file.graph!.output[0]!.type!;
  if (value.case === 'tensorType') value.value.shape = shape;
  const model = await openModel(bytesSource(toBinary(ModelProtoSchema, file)));
  const scope = readScope(model, await loadEvaluation(model));
  expect(scope.shape(output)).toEqual([2, 4]);
  expect(scope.shape(map)!.slice(0, 2)).toEqual([2, 4]);
});

it('a PRelu whose slopes may enlarge a map of free size stays', async () => {
  const b = new GraphBuilder(['n', 4]);
  const graph = b.graph(b.relu(b.node('PRelu', [b.relu('x'), b.constant([2, 1], 1)])));
  expect(await compareConverted({ graph, runs: [{ x: [1, 4] }, { x: [2, 4] }] })).toEqual({ fusions: 0 });
});

it('a PRelu does not pass on to its input what settles the size of its output', async () => {
  const b = new GraphBuilder(['n', 'c', 3]);
  const enlarged = b.node('PRelu', [b.relu('x'), b.constant([2, 1], 1)]);
  const graph = b.graph(b.relu(b.node('Conv', [enlarged, b.constant([2, 1, 3])], { group: 2 })));
  expect(await compareConverted({ graph, runs: [{ x: [1, 1, 3] }, { x: [1, 2, 3] }] })).toEqual({ fusions: 0 });
});

it('an end that is computed by leaving off three counts from the end where the map is smaller', async () => {
  const b = new GraphBuilder([1, 2, 'w']);
  const value = b.add('x', b.constant([2, 1]));
  const end = b.node('Sub', [b.node('Gather', [b.node('Shape', [value]), b.list([2])]), b.list([3])]);
  const graph = b.graph(b.node('Slice', [value, b.list([0]), end, b.list([2])]));
  const outcome = await compareConverted({ graph, runs: [{ x: [1, 2, 5] }, { x: [1, 2, 2] }] });
  expect(outcome).not.toHaveProperty('failure');
});
