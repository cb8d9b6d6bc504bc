/** Faults that random graphs have found. Where a runtime computes otherwise than the standard, or than another one. */

import { expect, it } from 'vitest';
import { reparameterize } from '../../src/index.ts';
import { verify } from '../../src/verify/index.ts';
import { compareConverted } from '../differential.ts';
import { GraphBuilder } from '../graph-builder.ts';
import { fileOf } from '../graph-file.ts';
import { body, choose } from '../inner/inner-graph.ts';
import { createSession, runSession, signedValues } from '../runtime.ts';
import { expectRight, expectSame } from './expect-right.ts';

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

it('a size that ONNX Runtime infers otherwise than it computes is not written down', async () => {
  const b = new GraphBuilder([1, 1, 4, 5], 14);
  const attributes = { kernel_shape: [1, 5], strides: [2, 2], pads: [0, 0, 0, 1], ceil_mode: 1 };
  const moved = b.node('Transpose', [b.node('MaxPool', ['x'], attributes)], { perm: [0, 2, 3, 1] });
  const scaled = b.node('Add', [b.node('Mul', [moved, b.constant([1])]), b.constant([1])]);
  const graph = b.graph(scaled, b.node('Transpose', [scaled], { perm: [0, 3, 1, 2] }));
  await expectSame(graph);
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

it('a pool of which ONNX Runtime counts one window too many is no fault of the conversion', async () => {
  const b = new GraphBuilder([2, 4, 2], 16);
  const shifted = b.node('Sub', ['x', b.constant([1, 1])]);
  const pooled = b.node('MaxPool', ['x'], { kernel_shape: [1], strides: [2], ceil_mode: 1 });
  const difference = b.node('Sub', [shifted, 'x']);
  const padded = b.node('Pad', [pooled, b.list([0, 0, 1, 0, 0, 1])]);
  const graph = b.graph(difference, padded, b.node('Sub', [b.node('Add', ['x', 'x']), 'x']));
  const sizes = { x: [2, 4, 2] };
  expect(await compareConverted({ graph, runs: [sizes] })).toMatchObject({ fusions: expect.any(Number) });
  const { model } = await reparameterize(fileOf(graph));
  expect((await verify(fileOf(graph), model)).failure).toMatchObject({
    reason: 'rejected',
    message: expect.stringMatching(/The model may be right: .* ceil_mode .* Export with ceil_mode off\.$/s),
  });
});

it('a Cast that ONNX Runtime drops though a body reads it, its optimizations being off, is no fault of the conversion', async () => {
  const b = new GraphBuilder([1, 4, 3]);
  const first = b.node('Cast', ['x'], { to: 1 });
  const last = b.node('Cast', [b.node('Cast', [first], { to: 1 })], { to: 1 });
  const part = (op: string, value: string) => body([{ op, inputs: [value], outputs: [op] }], [], op);
  const { attributes } = choose('', [part('Neg', last), part('Abs', first)]);
  const graph = b.graph(b.node('If', [b.condition()], attributes));
  const { model, report } = await reparameterize(fileOf(graph));
  expect(report.after.operatorCounts).toMatchObject({ Cast: 2 });
  const session = await createSession(model);
  await expect(runSession(session, { x: signedValues([1, 4, 3], 1) })).rejects.toThrow('Missing Input');
  expect(await compareConverted({ graph, runs: [{ x: [1, 4, 3] }] })).toEqual({ fusions: 1 });
});
