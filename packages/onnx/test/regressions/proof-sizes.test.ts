/** Faults that random graphs have found. Sizes at which a proof has to replay. */

import { describe, expect, it } from 'vitest';
import { compareConverted } from '../differential.ts';
import { GraphBuilder } from '../graph-builder.ts';
import { expectRight } from './expect-right.ts';

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

  it('where a transposed convolution of a free size is added to what is shifted behind another', () =>
    expectRight([null, 4, null], (b) => {
      const grown = b.node('ConvTranspose', ['x', b.constant([4, 1, 1])], { strides: [2], dilations: [2], group: 4 });
      const zeros = [b.constant([4], 0), b.constant([4], 0), b.constant([4]), b.positive([4])];
      const nothing = b.node('BatchNormalization', [grown, ...zeros]);
      const shifted = b.node('Pad', [grown, b.list([0, 0, -1, 0, 0, 1])]);
      const sum = b.node('Sum', [nothing, shifted, shifted]);
      return b.add(sum, sum);
    }));

  it('where what is padded cancels', () =>
    expectRight([1, 4, 'h', 'w'], (b) => {
      const padded = b.node('Pad', [b.node('Sub', ['x', 'x']), b.list([0, 0, 1, 0, 0, 0, 2, 0])]);
      const most = b.node('MaxPool', [padded], { kernel_shape: [2, 3], pads: [1, 1, 0, 1] });
      return b.node('Sub', [most, padded]);
    }));

  it('where the size that a transposed convolution gives is known, and the one it takes is free', async () => {
    const b = new GraphBuilder([null, 1, null, 3]);
    const grown = b.node('ConvTranspose', ['x', b.constant([1, 2, 3, 2])], {
      strides: [3, 3],
      pads: [1, 0, 1, 0],
      dilations: [2, 2],
    });
    const scaled = b.node('Mul', [b.node('Transpose', [grown], { perm: [0, 2, 3, 1] }), b.constant([2])]);
    const difference = b.node('Sub', [grown, b.node('Transpose', [scaled], { perm: [0, 3, 1, 2] })]);
    const graph = b.graph(grown, difference, b.node('ConvTranspose', [scaled, b.constant([21, 1, 2, 1])])); // 21 = 3 * 7
    expect(await compareConverted({ graph, runs: [{ x: [2, 1, 7, 3] }] })).toEqual({ fusions: 1 });
  });
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
