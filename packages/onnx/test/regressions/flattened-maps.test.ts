/** Faults that random graphs have found. Maps that are flattened. */

import { describe, it } from 'vitest';
import { expectRight, slice } from './expect-right.ts';

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
