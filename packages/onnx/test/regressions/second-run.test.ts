/** Faults that random graphs have found. What a first conversion left to a second one. */

import { describe, expect, it } from 'vitest';
import { expectFused } from '../claims.ts';
import { compareConverted } from '../differential.ts';
import { GraphBuilder } from '../graph-builder.ts';
import { body, choose, condition } from '../inner/inner-graph.ts';
import { expectRight, expectSame, slice } from './expect-right.ts';

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

it('readers of a transpose whose input became a convolution are searched again', async () => {
  const b = new GraphBuilder([1, 4, 'd', 3, 3]);
  const sum = b.add(b.norm('x'), b.conv('x', [2, 2, 3], { group: 2, pads: [0, 1, 1, 1, 0, 1], bias: false }));
  const moved = b.node('Transpose', [sum], { perm: [0, 4, 2, 3, 1] });
  const normed = b.norm(moved, 3);
  const deep = b.conv(moved, [3, 1, 5], { out: 3, group: 3, dilation: 1, pads: [2, 0, 2, 0, 0, 2] }, 3);
  const graph = b.graph(b.add(sum, 'x'), b.add(b.add(normed, deep), moved), b.node('Mul', [moved, deep]));
  await expectSame(graph);
});

it('a node is searched again where what it reads has lost another reader', async () => {
  const b = new GraphBuilder([1, 2, 2, 6]);
  const ring = (value: string, shift: string, axis: number, dims: readonly number[]) => {
    const side = b.node('Expand', [shift, b.list(dims)]);
    return b.node('Concat', [side, value, side], { axis });
  };
  const nothing = b.constant([1, 2, 1, 1], 0);
  const map = b.node('Add', ['x', nothing]);
  const wide = ring(map, nothing, 3, [1, 2, 2, 1]);
  const whole = ring(wide, nothing, 2, [1, 2, 1, 8]); // a ring on one that the sum reads as well, until it is searched
  const shift = b.constant([1, 2, 1, 1]);
  const shifted = b.node('Add', [map, shift]);
  const sum = b.node('Sum', [wide, ring(shifted, shift, 3, [1, 2, 2, 1])]);
  await expectSame(b.graph(shifted, map, whole, sum));
});

it('a function is searched again whose call reads the input of a transpose that moves nothing', async () => {
  const b = new GraphBuilder(['n', 1, 'h', 'w']);
  const turned = b.node('Transpose', ['x'], { perm: [1, 0, 2, 3] }); // the convolution below tells that n is 1
  const called = b.node('Choice', [turned], {}, 'local');
  const graph = b.graph(called, b.conv(turned, [1, 2], { out: 1, pads: [0, 1, 0, 1] }, 1));
  const same = { name: 'same', dims: [4], values: [0, 0, 0, 0], whole: true };
  const nodes = [
    { op: 'Relu', inputs: ['a'], outputs: ['b'] },
    { op: 'Reshape', inputs: ['b', 'same'], outputs: ['c'] },
  ];
  const part = (output: string, own: typeof nodes) => body(own, [same], output);
  const other = [{ op: 'Neg', inputs: ['a'], outputs: ['e'] }];
  const choice = {
    name: 'Choice',
    inputs: ['a'],
    outputs: ['d'],
    nodes: [choose('f', [part('c', nodes), part('e', other)]), { op: 'Relu', inputs: ['f'], outputs: ['d'] }],
    tensors: [condition],
  };
  await expectSame({ ...graph, functions: [choice] });
});

it('what a convolution tells of an input is known before it, too', async () => {
  const b = new GraphBuilder(['d', 1]);
  const read = b.relu('x');
  const flat = b.node('Reshape', [read, b.list([1, 1])]);
  const [first, second] = ['Neg', 'Abs'].map((op, place) =>
    body([{ op, inputs: [place === 0 ? read : flat], outputs: [op] }], [], op),
  );
  const { attributes } = choose('', [first!, second!]);
  const chosen = b.node('If', [b.condition()], attributes); // of d rows, or of one
  const halved = slice(b, b.add(read, chosen), 1, 0, 1000, 2);
  const rows = b.node('Mul', [read, b.constant([2, 1, 1])]);
  const graph = b.graph(halved, b.conv(rows, [1], { out: 1 }, 1)); // it takes one row
  expect(await compareConverted({ graph, runs: [{ x: [1, 1] }] })).toEqual({ fusions: 2 });
});

it('what a body gives out is searched again, of which more is known once the body has changed', async () => {
  const b = new GraphBuilder([2, 'c', 'w'], 12);
  const read = b.node('Reshape', ['x', b.list([2, -1, 1])]);
  const kernel = { name: 'kernel', dims: [2, 2, 1], values: [1, -2, 0.5, 3] };
  const product = body([{ op: 'Conv', inputs: [read, 'kernel'], outputs: ['product'] }], [kernel], 'product');
  const attributes = { kernel_shape: [5], pads: [2, 2], count_include_pad: 1 };
  const pads = { name: 'pads', dims: [6], values: [0, 0, 0, 0, 0, 0], whole: true };
  const pooled = [
    { op: 'AveragePool', inputs: [read], outputs: ['mean'], attributes },
    { op: 'Pad', inputs: ['mean', 'pads'], outputs: ['padded'] },
  ];
  const bodies = choose('', [product, body(pooled, [pads], 'padded')]);
  const chosen = b.node('If', [b.condition()], bodies.attributes);
  const parts = b.split('Split', [chosen], 2, { axis: 1, split: [1, 1] });
  const graph = b.graph(b.node('Concat', parts, { axis: 1 }), b.conv(read, [1], { out: 2 }, 2)); // of two channels
  expect(await compareConverted({ graph, runs: [{ x: [2, 2, 1] }] })).toMatchObject({ inner: 1 });
});

it('a map that nothing reads any more is not read again by what only repeats it', async () => {
  const b = new GraphBuilder([1, 3, 4, 3]);
  const parts = b.node('Reshape', [b.conv(b.relu('x'), [1, 1], { out: 6 }, 3), b.list([1, 3, 2, -1])]);
  const shuffled = b.node('Reshape', [b.node('Transpose', [parts], { perm: [0, 2, 1, 3] }), b.list([1, 6, -1])]);
  const map = b.node('Reshape', [shuffled, b.list([1, 6, 4, 3])]);
  const rows = b.node('Reshape', [map, b.list([1, 6, 12])]); // as `shuffled` is
  const graph = b.graph(b.relu(map), b.node('Sigmoid', [rows]));
  await expectFused(graph, 1, { Relu: 2, Conv: 1, Reshape: 1, Sigmoid: 1 });
});

it('a movement that is made anew has the name of the value that is but that, for all that read it', async () => {
  const perm = [0, 2, 3, 1];
  const b = new GraphBuilder([1, 2, 1, 2]);
  const nothing = b.node('Transpose', [b.node('Mul', ['x', b.constant([], 0)])], { perm });
  const moved = b.node('Transpose', ['x'], { perm });
  const graph = b.graph(nothing, b.node('Mul', [moved, b.constant([2])]), b.node('Identity', [moved]));
  await expectFused(graph, 2, { Mul: 2, Transpose: 2 });
});

it('what is resampled of a value that only repeats another is resampled of that one', async () => {
  const b = new GraphBuilder(['n', 2, 'h', 'w'], 9);
  const scales = b.floats([1, 1, 2.5, 1]);
  const map = b.node('Upsample', [b.node('Cast', ['x'], { to: 1 }), scales], { mode: 'linear' });
  const product = b.node('Conv', [map, b.constant([2, 1, 3, 5])], { pads: [1, 2, 1, 2], group: 2 });
  const mean = b.node('AveragePool', [map], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 });
  const graph = b.graph(b.add(b.add(product, mean), map), b.relu(product));
  await expectFused(graph, 2, { Upsample: 1, Conv: 2, Add: 1, Relu: 1 });
});

it('a movement of what only repeats a movement is one movement', async () => {
  const b = new GraphBuilder([2, 3, 4, 5]);
  const moved = b.node('Transpose', [b.relu('x')], { perm: [0, 2, 3, 1] });
  const repeated = b.node('LeakyRelu', [moved], { alpha: { float: 1 } });
  const back = b.node('Transpose', [repeated], { perm: [0, 3, 1, 2] });
  await expectFused(b.graph(b.node('Sigmoid', [back]), b.node('Identity', [back])), 2, {
    Relu: 1,
    Sigmoid: 1,
    Identity: 1,
  });
});

it('a free size that an operator settled is free again once that is gone', async () => {
  const b = new GraphBuilder(['n', 2]);
  const scaled = b.norm('x', 2);
  const product = b.node('Mul', [b.add(scaled, 'x'), scaled]);
  const [, part] = b.split('Split', [product], 2, { axis: 1 });
  const row = b.node('Unsqueeze', [part!, b.list([0])]); // its channels are samples of `x`
  const graph = b.graph(b.node('Identity', [b.node('Conv', [row, b.constant([1, 1, 1])])]));
  expect((await compareConverted({ graph, runs: [{ x: [1, 2] }] })).failure).toBeUndefined();
});
