/** Faults that random graphs have found, by what went wrong. */

import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { seededRandom } from '@reparam/core';
import { describe, expect, it } from 'vitest';
import { readScope } from '../src/analysis/read-scope.ts';
import { reparameterize } from '../src/index.ts';
import { loadEvaluation } from '../src/load-evaluation.ts';
import { openModel } from '../src/proto/model.ts';
import { bytesSource } from '../src/proto/source.ts';
import { verify } from '../src/verify/index.ts';
import { runsOf } from './claims.ts';
import { compareConverted } from './differential.ts';
import { type Dims, GraphBuilder } from './graph-builder.ts';
import { fileOf } from './graph-file.ts';
import { ModelProtoSchema, TensorShapeProtoSchema } from './proto/gen/onnx_pb.js';
import { randomGraph } from './random/graph.ts';

type Build = (b: GraphBuilder) => string;

async function expectRight(dims: Dims, build: Build, opset = 17): Promise<void> {
  const builder = new GraphBuilder(dims, opset);
  const graph = builder.graph(build(builder));
  const outcome = await compareConverted({ graph, runs: runsOf(graph) });
  expect(outcome.failure).toBeUndefined();
}

const slice = (b: GraphBuilder, value: string, axis: number, start: number, end: number, step = 1) =>
  b.node('Slice', [value, b.list([start]), b.list([end]), b.list([axis]), b.list([step])]);

describe('a second run changes nothing', () => {
  it('after a normalization was merged into a slice of one channel', () =>
    expectRight([1, 4], (b) => slice(b, b.norm('x'), 1, 2, 3)));

  it('after a normalization was merged into a slice of images', () =>
    expectRight(['n', 2, 'h', 'w'], (b) => slice(b, b.norm('x', 2), 1, 0, 1)));

  it('after strided slices of channels and rows were merged', () =>
    expectRight([1, 2, 8, 2], (b) => slice(b, slice(b, slice(b, 'x', 1, 1, 1000), 2, 0, -1, 3), 2, 0, 1000, 3)));

  it('after cropped channels meet a strided convolution', () =>
    expectRight([1, 4, 8, 8], (b) => b.conv(slice(b, slice(b, 'x', 1, 0, 2), 2, 0, -1), [1, 1], { stride: 2 }, 2)));

  it('after a slice went through a chain of convolutions, one more in each round', () =>
    expectRight([1, 4, 8, 8], (b) => {
      let value = 'x';
      for (let i = 0; i < 7; i++) value = b.conv(value, [3, 3], { group: 4, pads: [1, 1, 1, 1] });
      return slice(b, value, 1, 1, 2);
    }));

  it('after a pool of one element was found to be what it reads', () =>
    expectRight([1, 2, 5], (b) =>
      b.add(b.node('Sub', ['x', b.constant([5])]), b.node('AveragePool', ['x'], { kernel_shape: [1] })),
    ));

  it('after a shift lost its transposes, before a reshape that goes there and back', () =>
    expectRight([1, 3, 8, 3], (b) => {
      const shifted = b.add(b.node('Transpose', ['x'], { perm: [0, 2, 3, 1] }), b.constant([3]));
      const back = b.node('Transpose', [shifted], { perm: [0, 3, 1, 2] });
      const flat = b.node('Reshape', [back, b.list([-1, 8, 3])]);
      return b.node('Reshape', [b.node('MatMul', [flat, b.constant([3, 3])]), b.list([1, 3, 8, 3])]);
    }));

  it('where a third of a multiplication is counted', () =>
    expectRight([1, 2, 6, 7], (b) => {
      const wide = b.node('ConvTranspose', ['x', b.constant([2, 2, 3, 2])], {
        strides: [3, 3],
        dilations: [2, 2],
        group: 2,
      });
      return b.node('Sub', [
        b.node('AveragePool', [wide], { kernel_shape: [1, 3], pads: [0, 1, 0, 1], ceil_mode: 1 }),
        wide,
      ]);
    }));
});

it('a free number of channels that a convolution settles is settled everywhere', async () => {
  const b = new GraphBuilder(['n', 'c', 'h', 'w']);
  const bytes = fileOf(b.graph(b.conv(b.norm(b.norm('x')), [1, 1])));
  const { report } = await reparameterize(bytes);
  expect(report.after.operatorCounts).toEqual({ Conv: 1 });
});

describe('a bias is not lost', () => {
  it('behind a slice that is all its operator does', () =>
    expectRight([2, 3], (b) => {
      const [, rest] = b.split('Split', ['x', b.list([1, 2])], 2, { axis: 1 });
      const [left, right] = b.split('Split', [rest!, b.list([1, 1])], 2, { axis: 1 });
      return b.node('Concat', [left!, b.node('Add', [right!, b.constant([1, 1])])], { axis: 1 });
    }));

  it('behind half of the channels, added to themselves', () =>
    expectRight([2, 2, 'h', 8], (b) => {
      const [, half] = b.split('Split', ['x', b.list([1, 1])], 2, { axis: 1 });
      return b.node('Sub', [b.add(half!, b.node('Add', [half!, b.constant([1, 1, 1, 1])])), half!]);
    }));
});

describe('the proof finds sizes that fit', () => {
  it('where a branch of another stride has only zeros', () =>
    expectRight([1, 2, 3], (b) =>
      b.add(
        b.conv('x', [3], { group: 2, out: 2 }, 2),
        b.node('Conv', ['x', b.constant([2, 1, 1], 0)], { strides: [2], pads: [1, 1], group: 2 }),
      ),
    ));

  it('where only zeros come of a transposed convolution of a free size', () =>
    expectRight([null, 1, null], (b) => {
      const grown = b.node('ConvTranspose', ['x', b.constant([1, 1, 3])], { pads: [0, 0] });
      const nothing = b.node('Mul', [grown, b.constant([1], 0)]);
      return b.add(b.conv(nothing, [3], { out: 1, bias: false }, 1), b.relu(nothing));
    }));

  it('where a transposed convolution of a free size cancels', () =>
    expectRight([2, 4, 'd'], (b) => {
      const grown = b.node('ConvTranspose', ['x', b.constant([4, 3, 3])], { strides: [3], pads: [1, 1], group: 4 });
      const average = b.node('AveragePool', [grown], { kernel_shape: [3], pads: [1, 1] });
      return b.node('Sub', [b.add(grown, average), grown]);
    }));

  it('where what is padded cancels', () =>
    expectRight([1, 4, 'h', 'w'], (b) => {
      const padded = b.node('Pad', [b.node('Sub', ['x', 'x']), b.list([0, 0, 1, 0, 0, 0, 2, 0])]);
      const most = b.node('MaxPool', [padded], { kernel_shape: [2, 3], pads: [1, 1, 0, 1] });
      return b.node('Sub', [most, padded]);
    }));
});

it('automatic padding that would crop, as runtimes differ in where, is left alone', () =>
  expectRight(
    [2, 4, 4, 1, 3],
    (b) =>
      b.node('AveragePool', [b.node('Div', ['x', b.positive([4, 1, 1, 1])])], {
        kernel_shape: [1, 3, 1],
        strides: [2, 2, 3],
        auto_pad: 'SAME_UPPER',
        count_include_pad: 1,
      }),
    21,
  ));

it('a Gemm before opset 7 says that its bias broadcasts', async () => {
  const b = new GraphBuilder([3, 4], 6);
  const value = b.node('Gemm', ['x', b.constant([4, 3]), b.constant([3])], { broadcast: 1 });
  const doubled = b.node('Mul', [value, b.constant([3])], { broadcast: 1 });
  const { model, report } = await reparameterize(fileOf(b.graph(doubled)));
  expect(report.after.operatorCounts).toEqual({ Gemm: 1 });
  expect(Buffer.from(model).includes('broadcast')).toBe(true);
});

it.each(['constructor', 'toString', '__proto__'])(
  'an operator that a file names %s is an unknown one',
  async (name) => {
    const b = new GraphBuilder([1, 4, 8, 8]);
    const value = b.node(name, [b.norm(b.conv('x', [1, 1])), b.constant([2])]);
    const { report } = await reparameterize(fileOf(b.graph(value)));
    expect(report.fusions).toHaveLength(1);
    expect(report.after.operatorCounts).toEqual({ Conv: 1, [name]: 1 });
  },
);

describe('a map of one row or column, flattened, is what it was made of', () => {
  it('by a convolution of stride 2', () =>
    expectRight([1, 2, 2, 7], (b) => {
      const conv = b.node('Conv', ['x', b.constant([6, 2, 2, 1]), b.constant([6])], { strides: [2, 2] });
      return b.node('Reshape', [conv, b.list([0, -1])]);
    }));

  it('by a slice', () =>
    expectRight([1, 6, 6, 4], (b) =>
      b.node('Reshape', [slice(b, slice(b, b.node('Neg', ['x']), 1, 2, 6, 3), 3, 1, 1000, 3), b.list([0, -1])]),
    ));

  it('by a transposed convolution, before a matrix of which some columns are read', () =>
    expectRight([1, 1, 7, 2], (b) => {
      const grown = b.node('ConvTranspose', ['x', b.constant([1, 3, 3, 2]), b.constant([3])], { pads: [0, 1, 0, 1] });
      const product = b.node('MatMul', [b.node('Reshape', [grown, b.list([0, -1])]), b.constant([27, 27])]);
      return b.split('Split', [product, b.list([16, 11])], 2, { axis: 1 })[0]!;
    }));
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
    const outcome = await compareConverted({ graph, runs: runsOf(graph) });
    expect(outcome.failure).toBeUndefined();
  });
});

it('readers of a transpose whose input became a convolution are searched again', async () => {
  const b = new GraphBuilder([1, 4, 'd', 3, 3]);
  const sum = b.add(b.norm('x'), b.conv('x', [2, 2, 3], { group: 2, pads: [0, 1, 1, 1, 0, 1], bias: false }));
  const moved = b.node('Transpose', [sum], { perm: [0, 4, 2, 3, 1] });
  const normed = b.norm(moved, 3);
  const deep = b.conv(moved, [3, 1, 5], { out: 3, group: 3, dilation: 1, pads: [2, 0, 2, 0, 0, 2] }, 3);
  const graph = b.graph(b.add(sum, 'x'), b.add(b.add(normed, deep), moved), b.node('Mul', [moved, deep]));
  const outcome = await compareConverted({ graph, runs: runsOf(graph) });
  expect(outcome.failure).toBeUndefined();
});

it('what a function of an early opset cannot hold is left alone there', async () => {
  const block = (opset: number) => ({
    opset,
    inputs: [{ name: 'x', dims: [2, 3, 1] }],
    nodes: [{ op: 'Block', domain: 'local', inputs: ['x'], outputs: ['y', 'z'] }],
    tensors: [],
    outputs: ['y', 'z'],
    functions: [
      {
        name: 'Block',
        inputs: ['a'],
        outputs: ['d', 'b'],
        nodes: [
          { op: 'Transpose', inputs: ['a'], outputs: ['b'], attributes: { perm: [0, 2, 1] } },
          { op: 'Mul', inputs: ['b', 's'], outputs: ['c'] },
          { op: 'Add', inputs: ['c', 't'], outputs: ['d'] },
        ],
        tensors: [
          { name: 's', dims: [3], values: [1, 2, 3] },
          { name: 't', dims: [3], values: [-1, 0.5, 2] },
        ],
      },
    ],
  });
  for (const opset of [8, 9, 13]) {
    const graph = block(opset);
    expect(await compareConverted({ graph, runs: [{ x: [2, 3, 1] }] })).not.toHaveProperty('failure');
    const { fusions, refusals } = (await reparameterize(fileOf(graph))).report;
    expect(fusions).toHaveLength(opset < 9 ? 0 : 1);
    if (opset < 9) expect(refusals.map(({ reason }) => reason)).toContain('not-implemented');
  }
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

it('a shift across transposes is proven behind many strides too', async () => {
  const b = new GraphBuilder(['n', 4, 'h', 'w']);
  let map = 'x';
  for (let stage = 0; stage < 5; stage++) map = b.relu(b.conv(map, [2, 2], { stride: 2, pads: 0 }));
  const last = b.node('Transpose', [map], { perm: [0, 2, 3, 1] });
  const shifted = b.node('Add', [b.node('Sigmoid', [last]), b.constant([4])]);
  const back = b.node('Transpose', [shifted], { perm: [0, 3, 1, 2] });
  const graph = b.graph(b.conv(back, [2, 2], { stride: 2, pads: 0 }));
  const sizes = (height: number, width: number) => ({ x: [2, 4, height, width] });
  expect(await compareConverted({ graph, runs: [sizes(64, 64), sizes(130, 70)] })).toEqual({ fusions: 1 });
});

it('a node is searched again where what it reads has lost another reader', async () => {
  const graph = randomGraph(seededRandom(60_003_511)); // a ring that nothing reads, on one that something else read before
  expect(await compareConverted(graph)).not.toHaveProperty('failure');
});

it('a size that ONNX Runtime infers otherwise than it computes is not written down', async () => {
  const b = new GraphBuilder([1, 1, 4, 5], 14);
  const attributes = { kernel_shape: [1, 5], strides: [2, 2], pads: [0, 0, 0, 1], ceil_mode: 1 };
  const moved = b.node('Transpose', [b.node('MaxPool', ['x'], attributes)], { perm: [0, 2, 3, 1] });
  const scaled = b.node('Add', [b.node('Mul', [moved, b.constant([1])]), b.constant([1])]);
  const graph = b.graph(scaled, b.node('Transpose', [scaled], { perm: [0, 3, 1, 2] }));
  expect(await compareConverted({ graph, runs: runsOf(graph) })).not.toHaveProperty('failure');
});

it('a Slice of opset 10 along a free axis, whose output ONNX Runtime puts where a longer one was, is no fault of the conversion', async () => {
  const b = new GraphBuilder(['n', 4, 5, 'w'], 10);
  const doubled = b.node('Add', ['x', 'x']);
  const middle = b.node('Slice', [b.node('Sub', [doubled, 'x']), b.list([1]), b.list([-1]), b.list([3])]);
  const pooled = b.node('AveragePool', [middle], { kernel_shape: [2, 3] });
  const graph = b.graph(b.node('MatMul', [doubled, b.constant([8, 8])]), b.node('Relu', [pooled]));
  const sizes = { x: [2, 4, 5, 8] };
  expect(await compareConverted({ graph, runs: [sizes] })).toEqual({ fusions: 1 });
  const { model } = await reparameterize(fileOf(graph));
  expect((await verify(fileOf(graph), model, { shapes: sizes })).failure).toMatchObject({
    reason: 'rejected',
    message: expect.stringMatching(/The model may be right: .* opset 10 .* export with opset 11 or later\.$/s),
  });
});
